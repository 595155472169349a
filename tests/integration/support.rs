//! What the tests share.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use orm::prelude::*;
use orm::{BoxFuture, CopySource, RowSink, RowSource, Statement, TransactionDriver, TransactionOptions};

/// An executor over another one that notes the texts of the statements it sends, in order; of a transaction also
/// `BEGIN`, `COMMIT` and `ROLLBACK`.
pub(crate) struct Recorder<'a> {
    inner: &'a dyn Executor,
    log: Arc<Log>,
}

#[derive(Default)]
struct Log {
    texts: Mutex<Vec<String>>,
    begun: AtomicUsize,
    ended: Arc<AtomicUsize>,
    before: Option<Hook>,
}

/// What is done before a statement is sent, by its number from 0 and how many have ended so far.
type Hook = Box<dyn Fn(usize, Arc<AtomicUsize>) -> BoxFuture<'static, ()> + Send + Sync>;

impl Log {
    fn note(&self, text: &str) {
        let mut texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        texts.push(text.to_owned());
    }

    /// Runs a statement, after what is to be done before it.
    fn run<'a>(&'a self, text: &str, sent: BoxFuture<'a, Result<u64, Error>>) -> BoxFuture<'a, Result<u64, Error>> {
        self.note(text);
        let number = self.begun.fetch_add(1, Ordering::SeqCst);
        Box::pin(async move {
            if let Some(before) = &self.before {
                before(number, Arc::clone(&self.ended)).await;
            }
            let result = sent.await;
            self.ended.fetch_add(1, Ordering::SeqCst);
            result
        })
    }
}

impl<'a> Recorder<'a> {
    pub(crate) fn new(inner: &'a dyn Executor) -> Self {
        let log = Arc::default();
        Self { inner, log }
    }

    /// Does something before it sends a statement.
    pub(crate) fn with_hook(
        inner: &'a dyn Executor,
        before: impl Fn(usize, Arc<AtomicUsize>) -> BoxFuture<'static, ()> + Send + Sync + 'static,
    ) -> Self {
        let log = Arc::new(Log {
            before: Some(Box::new(before)),
            ..Log::default()
        });
        Self { inner, log }
    }

    /// The statements sent since the last time this was asked.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.log.texts.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn begin(inner: &dyn Executor, options: TransactionOptions, log: Arc<Log>) -> Result<Transaction, Error> {
    log.note("BEGIN");
    let inner = inner.begin_with(options).await?;
    Ok(Transaction::new(Box::new(Recorded {
        inner: Mutex::new(Some(Arc::new(inner))),
        log,
    })))
}

impl Executor for Recorder<'_> {
    fn run<'a>(&'a self, statement: &'a Statement, rows: &'a mut dyn RowSink) -> BoxFuture<'a, Result<u64, Error>> {
        self.log.run(&statement.text, self.inner.run(statement, rows))
    }

    fn open<'a>(&'a self, statement: Statement) -> BoxFuture<'a, Result<Box<dyn RowSource + 'a>, Error>> {
        self.log.note(&statement.text);
        self.inner.open(statement)
    }

    fn copy_in<'a>(&'a self, copy: &'a str, source: &'a mut dyn CopySource) -> BoxFuture<'a, Result<u64, Error>> {
        self.log.note(copy);
        self.inner.copy_in(copy, source)
    }

    fn batch<'a>(&'a self, sql: &'a str) -> BoxFuture<'a, Result<(), Error>> {
        self.log.note(sql);
        self.inner.batch(sql)
    }

    fn begin_with<'a>(&'a self, options: TransactionOptions) -> BoxFuture<'a, Result<Transaction, Error>> {
        Box::pin(begin(self.inner, options, Arc::clone(&self.log)))
    }
}

/// A transaction that a [`Recorder`] began. Not for streams: those would outlive the guard of the transaction.
struct Recorded {
    inner: Mutex<Option<Arc<Transaction>>>,
    log: Arc<Log>,
}

impl Recorded {
    fn inner(&self) -> Result<Arc<Transaction>, Error> {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.clone().ok_or_else(|| unusable("it has ended"))
    }

    fn end(&self) -> Result<Transaction, Error> {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner).take();
        inner
            .and_then(Arc::into_inner)
            .ok_or_else(|| unusable("it is still in use"))
    }
}

fn unusable(why: &str) -> Error {
    Error::new(ErrorKind::InvalidQuery, format!("the recorded transaction: {why}"))
}

impl Executor for Recorded {
    fn run<'a>(&'a self, statement: &'a Statement, rows: &'a mut dyn RowSink) -> BoxFuture<'a, Result<u64, Error>> {
        let sent = Box::pin(async move { self.inner()?.run(statement, rows).await });
        self.log.run(&statement.text, sent)
    }

    fn open<'a>(&'a self, _: Statement) -> BoxFuture<'a, Result<Box<dyn RowSource + 'a>, Error>> {
        Box::pin(async { Err(unusable("it cannot stream")) })
    }

    fn copy_in<'a>(&'a self, copy: &'a str, source: &'a mut dyn CopySource) -> BoxFuture<'a, Result<u64, Error>> {
        self.log.note(copy);
        Box::pin(async move { self.inner()?.copy_in(copy, source).await })
    }

    fn batch<'a>(&'a self, sql: &'a str) -> BoxFuture<'a, Result<(), Error>> {
        self.log.note(sql);
        Box::pin(async move { self.inner()?.batch(sql).await })
    }

    fn begin_with<'a>(&'a self, options: TransactionOptions) -> BoxFuture<'a, Result<Transaction, Error>> {
        Box::pin(async move { begin(&self.inner()?, options, Arc::clone(&self.log)).await })
    }
}

impl TransactionDriver for Recorded {
    fn commit<'a>(&'a self) -> BoxFuture<'a, Result<(), Error>> {
        self.log.note("COMMIT");
        Box::pin(async move { self.end()?.commit().await })
    }

    fn rollback<'a>(&'a self) -> BoxFuture<'a, Result<(), Error>> {
        self.log.note("ROLLBACK");
        Box::pin(async move { self.end()?.rollback().await })
    }
}

#[derive(Model)]
#[allow(dead_code, reason = "its columns are selected by themselves")]
#[orm(view = "pg_settings", schema = "pg_catalog")]
struct Setting {
    name: String,
    setting: String,
}

/// The server's version, such as 150018: for what older ones do not have.
pub(crate) async fn server_version(db: &Database) -> i32 {
    let version = Setting::query().filter(|s| s.name.eq("server_version_num"));
    let text = version
        .select(|s| s.setting)
        .one(db)
        .await
        .expect("the server has a version");
    text.parse().expect("the version is a number")
}

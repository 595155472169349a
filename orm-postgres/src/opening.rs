//! The begin of a transaction, which is sent along with its first statement.
//!
//! `BEGIN` costs a round trip of its own only where its answer is waited for before anything else is sent. Sent
//! together, the server runs the statement next *whatever became of `BEGIN`*: one that was cancelled in the few
//! microseconds that it takes would leave the statement to be saved by itself. So what goes along with it is a guard,
//! which ends the session unless it is in the transaction: then the statement is never run. A statement that only reads
//! needs none: what it does outside of the transaction is nothing, and its rows are not given to anyone.
//!
//! The guard costs the server some microseconds, and the client a wakeup. That is less than a round trip through a
//! network, and more than one through a Unix-domain socket: there the answer of `BEGIN` is waited for instead.
//!
//! Isolation and modes are set inside of the transaction, not by `BEGIN` itself: if the server refuses them (read-write
//! on a standby), it is a failed transaction, in which it runs nothing.

use std::borrow::Cow;
use std::fmt::Write;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures_util::future::join;
use futures_util::{FutureExt, TryStreamExt};
use orm_core::{BoxFuture, Error, ErrorKind, Recorder, Settings, Statement, TransactionOptions};
use tokio::sync::Mutex as TurnMutex;
use tokio::sync::MutexGuard as TurnGuard;
use tokio_postgres::SimpleQueryStream;
use tokio_postgres::types::Type;

use crate::error;
use crate::lease::Lease;
use crate::link::{Broken, Link};
use crate::session_state;
use crate::trace::Work;

/// A transaction whose `BEGIN` was not sent yet.
#[derive(Clone)]
pub(crate) struct Begin {
    /// What comes after `BEGIN` in the same message.
    modes: Cow<'static, str>,
    settings: Settings,
}

impl Begin {
    pub(crate) fn new(options: TransactionOptions, settings: &Settings) -> Self {
        Self {
            modes: modes(options),
            settings: settings.clone(),
        }
    }

    /// One in which a stream is read at the reader's pace: one that waits for its reader is not idle.
    pub(crate) fn for_stream(settings: &Settings) -> Self {
        Self {
            modes: "; SET LOCAL idle_in_transaction_session_timeout = 0".into(),
            settings: settings.clone(),
        }
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }
}

fn modes(options: TransactionOptions) -> Cow<'static, str> {
    if options == TransactionOptions::default() {
        return "".into();
    }
    let mut text = "; SET TRANSACTION".to_owned();
    let mut separator = "";
    if let Some(isolation) = options.isolation {
        text.push_str(" ISOLATION LEVEL ");
        text.push_str(isolation.sql());
        separator = ",";
    }
    for (wanted, mode) in [(options.read_only, " READ ONLY"), (options.deferrable, " DEFERRABLE")] {
        if wanted {
            text.push_str(separator);
            text.push_str(mode);
            separator = ",";
        }
    }
    text.into()
}

/// What a connection knows of the begin of its transaction.
#[derive(Default)]
pub(crate) struct Opening {
    /// Whether `BEGIN` was not sent yet, or not answered.
    pending: AtomicBool,
    /// Whether a round trip costs less than the guard.
    waits: AtomicBool,
    begin: Mutex<Option<Begin>>,
    /// Held from before `BEGIN` is sent until it was answered.
    turn: TurnMutex<()>,
    /// The prepared guards, by the number of settings that they set.
    guards: Mutex<Vec<(usize, tokio_postgres::Statement)>>,
}

impl Opening {
    /// Has the answer of `BEGIN` be waited for where it would need a guard.
    pub(crate) fn waits(&self) {
        self.waits.store(true, Ordering::Release);
    }

    /// Has the next thing that is sent begin a transaction.
    pub(crate) fn expect(&self, begin: Begin) {
        *lock(&self.begin) = Some(begin);
        self.pending.store(true, Ordering::Release);
    }

    /// Forgets it at the end of the transaction; whether it was never sent, so that there is nothing to end.
    pub(crate) fn forget(&self) -> bool {
        let unsent = lock(&self.begin).take().is_some();
        self.pending.store(false, Ordering::Release);
        unsent
    }

    /// Whether nothing was sent of the transaction.
    pub(crate) fn is_unsent(&self) -> bool {
        self.is_pending() && lock(&self.begin).is_some()
    }

    fn has_settings(&self) -> bool {
        lock(&self.begin)
            .as_ref()
            .is_some_and(|begin| !begin.settings.is_empty())
    }

    fn is_pending(&self) -> bool {
        self.pending.load(Ordering::Acquire)
    }

    /// Forgets what is prepared: a text of the user's may have closed it.
    pub(crate) fn forget_guards(&self) {
        lock(&self.guards).clear();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Sends the `BEGIN` that is due, if one is, and waits for its answer.
///
/// # Errors
/// Those of the server. Then nothing that is sent after it is run.
pub(crate) async fn open(lease: &Lease) -> Result<(), Error> {
    match send(lease, false).await? {
        Some(sent) => sent.answered().await,
        None => Ok(()),
    }
}

/// Sends the `BEGIN` that is due, if one is, with what has the server run `statement` in the transaction only. Then the
/// statement may be sent before the answer.
///
/// # Errors
/// Those of the server, where the answer had to be waited for.
pub(crate) async fn send_along<'a>(lease: &'a Lease, statement: &Statement) -> Result<Option<Sent<'a>>, Error> {
    if !lease.opening.is_pending() {
        return Ok(None);
    }
    let opening = &lease.opening;
    let guarded = !statement.only_reads;
    let waits = opening.waits.load(Ordering::Acquire) && guarded && !opening.has_settings();
    // The guard is a query, and `SET TRANSACTION` is refused after one.
    if waits || !session_state::is_rows_only(statement.operation, &statement.text) {
        return open(lease).await.map(|()| None);
    }
    send(lease, guarded).await
}

async fn send(lease: &Lease, guarded: bool) -> Result<Option<Sent<'_>>, Error> {
    let link: &Link = lease;
    if !link.opening.is_pending() {
        return Ok(None);
    }
    let epoch = link.epoch();
    let turn = link.opening.turn.lock().await;
    link.check_usable()?;
    if link.epoch() != epoch || link.is_ending() {
        return Err(over());
    }
    if !link.opening.is_pending() {
        return Ok(None);
    }
    let Some(begin) = lock(&link.opening.begin).take() else {
        // Who has sent it was dropped before the answer.
        link.break_up(Broken::NotBegun);
        return link.check_usable().map(|()| None);
    };
    let mut sent = Sent::begin(lease, turn, &begin, guarded)?;
    let count = begin.settings.iter().len();
    if count == 0 && !guarded {
        return Ok(Some(sent));
    }
    if let Some(guard) = guard(link, count) {
        sent.set(guard, begin.settings);
    } else if link.is_pooled() {
        sent.set_unprepared(begin.settings);
    } else {
        // The first time on this connection: the answer of `BEGIN` comes along.
        let (begun, prepared) = join(sent.begun(), prepare(link, count)).await;
        begun?;
        if count > 0 {
            sent.set(prepared?, begin.settings);
        }
    }
    Ok(Some(sent))
}

fn guard(link: &Link, count: usize) -> Option<tokio_postgres::Statement> {
    let guards = lock(&link.opening.guards);
    guards
        .iter()
        .find(|(settings, _)| *settings == count)
        .map(|(_, guard)| guard.clone())
}

async fn prepare(link: &Link, count: usize) -> Result<tokio_postgres::Statement, Error> {
    let types = vec![Type::TEXT; 2 * count];
    let prepared = link.client.prepare_typed(&guard_text(count), &types).await;
    let prepared = prepared.map_err(|error| error::of_statement(link, error, None))?;
    lock(&link.opening.guards).push((count, prepared.clone()));
    Ok(prepared)
}

/// Ends the session unless it is in the transaction; else sets the settings.
fn guard_text(count: usize) -> String {
    let mut text = "SELECT CASE WHEN pg_catalog.current_setting('orm.begun', true) = 'on' THEN NULL \
                    ELSE pg_catalog.pg_terminate_backend(pg_catalog.pg_backend_pid()) END"
        .to_owned();
    for n in 0..count {
        let _ = write!(text, ", pg_catalog.set_config(${}, ${}, true)", 2 * n + 1, 2 * n + 2);
    }
    text
}

/// `BEGIN` and what belongs to it, on their way.
pub(crate) struct Sent<'a> {
    lease: &'a Lease,
    text: String,
    /// `None` once it was answered.
    begin: Option<Pin<Box<SimpleQueryStream>>>,
    settings: Option<BoxFuture<'a, Result<(), tokio_postgres::Error>>>,
    _turn: TurnGuard<'a, ()>,
}

impl<'a> Sent<'a> {
    fn begin(lease: &'a Lease, turn: TurnGuard<'a, ()>, begin: &Begin, guarded: bool) -> Result<Self, Error> {
        let guarded = guarded || !begin.settings.is_empty();
        let mark = if guarded { "; SET LOCAL orm.begun = on" } else { "" };
        let text = format!("BEGIN{}{mark}", begin.modes);
        let text = lease.given_out.begin(&text);
        Recorder::sent_transaction_command();
        // The message is handed to the connection's task at the first poll, so one poll is enough.
        let sent = lease.client.simple_query_raw(&text).now_or_never();
        let stream = match sent {
            Some(sent) => sent.map_err(|error| error::of_statement(lease, error, None))?,
            None => {
                lease.break_up(Broken::Lost);
                return Err(over());
            }
        };
        Ok(Self {
            lease,
            text: format!("BEGIN{}", begin.modes),
            begin: Some(Box::pin(stream)),
            settings: None,
            _turn: turn,
        })
    }

    fn set(&mut self, guard: tokio_postgres::Statement, settings: Settings) {
        let link: &'a Link = self.lease;
        let future = async move {
            let params: Vec<&str> = settings.iter().flat_map(|(name, value)| [name, value]).collect();
            let rows = link.client.query_raw(&guard, params).await?;
            rows.try_for_each(|_| std::future::ready(Ok(()))).await
        };
        self.start(Box::pin(future));
    }

    /// The same where no prepared statement stays with a connection.
    fn set_unprepared(&mut self, settings: Settings) {
        let link: &'a Link = self.lease;
        let future = async move {
            let text = guard_text(settings.iter().len());
            let params = settings.iter().flat_map(|(name, value)| [name, value]);
            let params: Vec<(&str, Type)> = params.map(|text| (text, Type::TEXT)).collect();
            let rows = link.client.query_typed_raw(&text, params).await?;
            rows.try_for_each(|_| std::future::ready(Ok(()))).await
        };
        self.start(Box::pin(future));
    }

    /// Sends it: the first poll does. Nobody has asked for a wakeup, as `answered` polls it again.
    fn start(&mut self, mut future: BoxFuture<'a, Result<(), tokio_postgres::Error>>) {
        self.settings = match (&mut future).now_or_never() {
            None => Some(future),
            Some(answer) => Some(Box::pin(std::future::ready(answer))),
        };
    }

    /// Waits for the answer of `BEGIN` itself.
    async fn begun(&mut self) -> Result<(), Error> {
        let Some(mut answers) = self.begin.take() else {
            return Ok(());
        };
        let link: &Link = self.lease;
        let answered = async {
            let first = answers.try_next().await;
            if let Err(error) = first {
                let error = error::of_statement(link, error, None);
                // Outside of a transaction: nothing more may be run here.
                link.break_up(Broken::NotBegun);
                return Err(error);
            }
            let rest = answers.try_for_each(|_| std::future::ready(Ok(()))).await;
            rest.map_err(|error| error::of_statement(link, error, None))
        };
        let target = &self.lease.target;
        match target.is_watched() {
            true => target.watch(Work::text(&self.text, "BEGIN"), answered).await,
            false => answered.await,
        }
    }

    /// Waits for the answers.
    ///
    /// # Errors
    /// Those of the server. What was sent behind it was not run then.
    pub(crate) async fn answered(mut self) -> Result<(), Error> {
        let begun = self.begun().await;
        let set = match self.settings.take() {
            Some(settings) if begun.is_ok() => settings.await,
            _ => Ok(()),
        };
        self.lease.opening.pending.store(false, Ordering::Release);
        begun?;
        set.map_err(|error| error::of_statement(self.lease, error, None))
    }

    /// Waits for the answers and what was sent along.
    ///
    /// # Errors
    /// Those of the server; of `BEGIN` first, since the other's only follow.
    pub(crate) async fn then<T>(self, along: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let (begun, along) = join(self.answered(), along).await;
        begun?;
        along
    }
}

#[cold]
pub(crate) fn over() -> Error {
    Error::new(
        ErrorKind::InvalidQuery,
        "the transaction is over: it was committed or rolled back before this call",
    )
}

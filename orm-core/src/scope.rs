//! Values that are the executor's and not the query's: who asks, and for which tenant.

use std::any::TypeId;
use std::fmt;
use std::sync::Arc;

use crate::driver::{BoxFuture, CopySource, Executor, Param, RowSink, RowSource, Statement};
use crate::error::Error;
use crate::expr::Expr;
use crate::sql::Node;
use crate::transaction::{Transaction, TransactionDriver, TransactionOptions, in_transaction};
use crate::types::{DbType, NotNull};

/// A type whose values a scope can hold: any that a column can have, but for `Option`s. Take a type of your own for each, as
/// `struct TenantId(i64)` with `#[derive(DbType)]`: a scope has one value of a type.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a value of a scope",
    label = "not the type of a column that is never NULL",
    note = "take a type of your own with `#[derive(DbType)]`: `struct TenantId(i64);`"
)]
pub trait ScopeValue: DbType {}

#[diagnostic::do_not_recommend]
impl<T: DbType<Null = NotNull>> ScopeValue for T {}

/// Which value of a scope a parameter stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ScopeKey {
    id: TypeId,
    name: &'static str,
}

impl ScopeKey {
    fn of<T: ScopeValue>() -> Self {
        let path = std::any::type_name::<T>();
        Self {
            id: TypeId::of::<T>(),
            name: path.rsplit("::").next().unwrap_or(path),
        }
    }

    /// The name of the type.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }
}

impl fmt::Debug for ScopeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// The value of this type that the executor's scope has: `|i| i.tenant_id.eq(scope::<TenantId>())`.
///
/// It is a parameter whose value is put in when the statement is sent: so the text stays the same. On an executor that has
/// none the statement is [`ErrorKind::InvalidQuery`](crate::ErrorKind::InvalidQuery), before anything is sent.
pub fn scope<T: ScopeValue>() -> Expr<T> {
    Expr::new(Node::param(param::<T>()))
}

/// The same as a parameter.
pub(crate) fn param<T: ScopeValue>() -> Param {
    Param {
        scope: Some(ScopeKey::of::<T>()),
        ..Param::null(T::TYPE)
    }
}

/// Values for [`scope`], one of each type.
#[derive(Clone, Default)]
pub struct Scope {
    values: Vec<(ScopeKey, Param)>,
}

impl Scope {
    /// Without values.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With this value, instead of one of the same type.
    #[must_use]
    pub fn set<T: ScopeValue>(mut self, value: T) -> Self {
        let key = ScopeKey::of::<T>();
        self.values.retain(|(known, _)| *known != key);
        self.values.push((key, Param::new(&value)));
        self
    }

    /// The statement with the values that it asks for, as far as they are here; `None` if it asks for none.
    fn fill(&self, statement: &Statement) -> Option<Statement> {
        if statement.params.iter().all(|param| param.scope.is_none()) {
            return None;
        }
        let mut statement = statement.clone();
        for param in &mut statement.params {
            let found = self.values.iter().find(|(key, _)| Some(*key) == param.scope);
            if let Some((_, value)) = found {
                *param = value.clone();
            }
        }
        Some(statement)
    }
}

/// Which values there are; never the values.
impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.values.iter().map(|(key, _)| key)).finish()
    }
}

/// Giving an executor a scope.
pub trait WithScope: Executor + Sized {
    /// The same with values for [`scope`](fn@crate::scope), which standing filters name: `db.scoped(Scope::new().set(TenantId(7)))`
    /// goes wherever `&db` goes, and so do the transactions that begin on it.
    #[must_use]
    fn scoped(&self, scope: Scope) -> Scoped<'_> {
        Scoped::new(self, scope)
    }
}

impl<E: Executor> WithScope for E {}

/// An executor over another one, with the values of a scope: made by [`WithScope::scoped`]. So are the transactions that begin
/// on it. What it has no value for the other one's scope may have.
pub struct Scoped<'a> {
    inner: Inner<'a>,
    scope: Arc<Scope>,
}

enum Inner<'a> {
    Borrowed(&'a dyn Executor),
    Owned(Box<dyn Executor + 'a>),
}

impl<'a> Scoped<'a> {
    pub(crate) fn new(executor: &'a dyn Executor, scope: Scope) -> Self {
        Self {
            inner: Inner::Borrowed(executor),
            scope: Arc::new(scope),
        }
    }

    fn inner(&self) -> &dyn Executor {
        match &self.inner {
            Inner::Borrowed(executor) => *executor,
            Inner::Owned(executor) => &**executor,
        }
    }

    /// Runs a closure in a transaction with this scope, or on a transaction in a savepoint: committed when it gives `Ok`,
    /// rolled back when it gives `Err` or panics.
    ///
    /// # Errors
    /// Those of the closure, of connecting and of the server.
    pub async fn transaction<T>(&self, work: impl AsyncFnOnce(&Transaction) -> Result<T, Error>) -> Result<T, Error> {
        in_transaction(self, TransactionOptions::default(), work).await
    }
}

impl fmt::Debug for Scoped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Scoped({:?})", self.scope)
    }
}

async fn run(
    executor: &dyn Executor,
    scope: &Scope,
    statement: &Statement,
    rows: &mut dyn RowSink,
) -> Result<u64, Error> {
    match scope.fill(statement) {
        Some(filled) => executor.run(&filled, rows).await,
        None => executor.run(statement, rows).await,
    }
}

async fn begin(executor: &dyn Executor, scope: Arc<Scope>, options: TransactionOptions) -> Result<Transaction, Error> {
    let inner = executor.begin_with(options).await?.into_driver();
    Ok(Transaction::new(Box::new(ScopedTransaction { inner, scope })))
}

impl Executor for Scoped<'_> {
    fn run<'a>(&'a self, statement: &'a Statement, rows: &'a mut dyn RowSink) -> BoxFuture<'a, Result<u64, Error>> {
        Box::pin(run(self.inner(), &self.scope, statement, rows))
    }

    fn open<'a>(&'a self, statement: Statement) -> BoxFuture<'a, Result<Box<dyn RowSource + 'a>, Error>> {
        let filled = self.scope.fill(&statement);
        self.inner().open(filled.unwrap_or(statement))
    }

    fn copy_in<'a>(&'a self, copy: &'a str, source: &'a mut dyn CopySource) -> BoxFuture<'a, Result<u64, Error>> {
        self.inner().copy_in(copy, source)
    }

    fn batch<'a>(&'a self, sql: &'a str) -> BoxFuture<'a, Result<(), Error>> {
        self.inner().batch(sql)
    }

    fn begin_with<'a>(&'a self, options: TransactionOptions) -> BoxFuture<'a, Result<Transaction, Error>> {
        Box::pin(begin(self.inner(), Arc::clone(&self.scope), options))
    }

    fn one_connection<'a>(&'a self) -> BoxFuture<'a, Result<Option<Box<dyn Executor + 'a>>, Error>> {
        Box::pin(async move {
            let connection = self.inner().one_connection().await?;
            let scoped = |connection| -> Box<dyn Executor + 'a> {
                Box::new(Scoped {
                    inner: Inner::Owned(connection),
                    scope: Arc::clone(&self.scope),
                })
            };
            Ok(connection.map(scoped))
        })
    }

    fn is_transaction(&self) -> bool {
        self.inner().is_transaction()
    }
}

/// A transaction with the values of a scope.
struct ScopedTransaction {
    inner: Box<dyn TransactionDriver>,
    scope: Arc<Scope>,
}

impl Executor for ScopedTransaction {
    fn run<'a>(&'a self, statement: &'a Statement, rows: &'a mut dyn RowSink) -> BoxFuture<'a, Result<u64, Error>> {
        Box::pin(async move {
            match self.scope.fill(statement) {
                Some(filled) => self.inner.run(&filled, rows).await,
                None => self.inner.run(statement, rows).await,
            }
        })
    }

    fn open<'a>(&'a self, statement: Statement) -> BoxFuture<'a, Result<Box<dyn RowSource + 'a>, Error>> {
        let filled = self.scope.fill(&statement);
        self.inner.open(filled.unwrap_or(statement))
    }

    fn copy_in<'a>(&'a self, copy: &'a str, source: &'a mut dyn CopySource) -> BoxFuture<'a, Result<u64, Error>> {
        self.inner.copy_in(copy, source)
    }

    fn batch<'a>(&'a self, sql: &'a str) -> BoxFuture<'a, Result<(), Error>> {
        self.inner.batch(sql)
    }

    fn begin_with<'a>(&'a self, options: TransactionOptions) -> BoxFuture<'a, Result<Transaction, Error>> {
        Box::pin(async move {
            let (inner, scope) = (
                self.inner.begin_with(options).await?.into_driver(),
                Arc::clone(&self.scope),
            );
            Ok(Transaction::new(Box::new(Self { inner, scope })))
        })
    }

    fn is_transaction(&self) -> bool {
        true
    }
}

impl TransactionDriver for ScopedTransaction {
    fn commit<'a>(&'a self) -> BoxFuture<'a, Result<(), Error>> {
        self.inner.commit()
    }

    fn rollback<'a>(&'a self) -> BoxFuture<'a, Result<(), Error>> {
        self.inner.rollback()
    }
}

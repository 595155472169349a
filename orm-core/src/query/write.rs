//! Running an insert, update or delete, and what it returns.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::panic::Location;
use std::sync::Arc;

use super::cte::{Cte, CteBody, CteId};
use super::explain::explain;
use super::fetch::{execute, fetch_all, only};
use super::{Explain, InScope, InScopeOf, Modification};
use crate::driver::{Executor, Statement};
use crate::error::{Error, ErrorKind};
use crate::expr::{OfOneRow, Select, Source};
use crate::model::{Model, Table, TableModel};
use crate::options::{Options, Tune};
use crate::sql::{Node, Writer};
use crate::statements::here_if_any;
use crate::types::FromRow;

/// What a write returns.
#[derive(Debug, Clone)]
pub enum ReturningClause {
    #[doc(hidden)]
    Nothing,
    #[doc(hidden)]
    Model,
    #[doc(hidden)]
    Items(Vec<Node>),
}

impl ReturningClause {
    /// What it is made of.
    pub(crate) fn nodes(&self) -> &[Node] {
        match self {
            Self::Items(items) => items,
            Self::Nothing | Self::Model => &[],
        }
    }

    pub(crate) fn write(&self, writer: &mut Writer, source: Source, table: &'static Table) {
        match self {
            Self::Nothing => {}
            Self::Model => {
                writer.push(" RETURNING ");
                writer.columns(source, table);
            }
            Self::Items(items) => {
                writer.push(" RETURNING ");
                writer.list(items);
            }
        }
    }
}

/// What runs a write. Each method sends one statement, or none when there is nothing to write; the error of all is the
/// server's (a constraint that does not hold …), the driver's, or a value that cannot be stored.
pub trait Write: Sized {
    /// The model that is written.
    type Model: TableModel;

    /// What `returning` can select from: the model, or the tuple of it and what it was joined with.
    type Rows: InScope;

    /// Its untyped parts; `None` if there is nothing to write.
    #[doc(hidden)]
    fn into_modification(self, returning: ReturningClause) -> Option<Modification>;

    /// What `returning`'s closure receives.
    #[doc(hidden)]
    fn scope(&self) -> InScopeOf<Self::Rows>;

    /// The statement; `None` if there is nothing to write.
    #[doc(hidden)]
    fn into_statement(self, returning: ReturningClause) -> Result<Option<Statement>, Error> {
        let parts = self.into_modification(returning);
        parts.as_ref().map(Modification::statement).transpose()
    }

    /// Runs it; gives the number of rows written.
    ///
    /// # Errors
    /// As the trait says.
    #[track_caller]
    fn execute(self, db: &dyn Executor) -> impl Future<Output = Result<u64, Error>> + Send {
        execute_some(self.into_statement(ReturningClause::Nothing), db)
    }

    /// Runs it; gives the rows as they are now (deleted ones as they were), in no particular order: `RETURNING`.
    ///
    /// # Errors
    /// As the trait says.
    #[track_caller]
    fn all(self, db: &dyn Executor) -> impl Future<Output = Result<Vec<Self::Model>, Error>> + Send {
        run(self.into_statement(ReturningClause::Model), db)
    }

    /// Runs it; gives the one row that was written.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] if none was written. [`ErrorKind::TooManyRows`] if there were more: they are written, but
    /// in a transaction the error rolls them back.
    #[track_caller]
    fn one(self, db: &dyn Executor) -> impl Future<Output = Result<Self::Model, Error>> + Send {
        let rows = run(self.into_statement(ReturningClause::Model), db);
        async move { only(rows.await?, <Self::Model as Model>::TABLE) }
    }

    /// Returns expressions instead of the model: `RETURNING u.id, …`.
    fn returning<S: Select>(self, select: impl FnOnce(InScopeOf<Self::Rows>) -> S) -> Returning<Self, S::Row>
    where
        S::Phase: OfOneRow,
    {
        let mut items = Vec::new();
        select(self.scope()).append_to(&mut items);
        Returning {
            write: self,
            items,
            marker: PhantomData,
        }
    }

    /// The statement that [`execute`](Self::execute) would send.
    ///
    /// # Errors
    /// As at sending; [`ErrorKind::InvalidQuery`] if nothing would be sent.
    fn to_sql(self) -> Result<Statement, Error> {
        sendable(
            self.into_statement(ReturningClause::Nothing),
            <Self::Model as Model>::TABLE,
        )
    }

    /// What the server plans: `EXPLAIN`, with options.
    fn explain(self) -> Explain {
        explain(self.to_sql())
    }

    /// `WITH … AS (… RETURNING …)`: a handle to the rows that are written, for another statement to read. It is run once,
    /// with that statement; what it writes is not seen by the statement's other parts, which all see the tables as they
    /// were before. Where the rows are not read, [`with_cte`](super::Query::with_cte) runs it.
    fn cte(self) -> Cte<Self::Model> {
        write_cte(
            self.into_modification(ReturningClause::Model),
            <Self::Model as Model>::TABLE,
        )
    }
}

/// A write as a CTE.
fn write_cte<R: InScope>(write: Option<Modification>, table: &'static Table) -> Cte<R> {
    let outputs = write.as_ref().map(Modification::outputs).unwrap_or_default();
    let body = match write {
        Some(write) => CteBody::Write(Arc::new(write)),
        None => {
            let error = nothing_to_write(table);
            CteBody::Invalid(error.kind(), error.message().to_owned())
        }
    };
    Cte::new(CteId::new(), body, table, outputs)
}

/// A write that returns expressions.
#[must_use = "a write does nothing until it is run, by `.all(&db)` for instance"]
pub struct Returning<W, R> {
    write: W,
    items: Vec<Node>,
    marker: PhantomData<fn() -> R>,
}

impl<W: Write, R: InScope> Returning<W, R> {
    /// `WITH … AS (… RETURNING …)`: as [`Write::cte`], with what was returned as its rows.
    pub fn cte(self) -> Cte<R> {
        write_cte(
            self.write.into_modification(ReturningClause::Items(self.items)),
            <W::Model as Model>::TABLE,
        )
    }
}

impl<W: Write, R: FromRow> Returning<W, R> {
    fn into_statement(self) -> Result<Option<Statement>, Error> {
        self.write.into_statement(ReturningClause::Items(self.items))
    }

    /// All rows that were written.
    ///
    /// # Errors
    /// As [`Write`] says.
    #[track_caller]
    pub fn all(self, db: &dyn Executor) -> impl Future<Output = Result<Vec<R>, Error>> + Send {
        run(self.into_statement(), db)
    }

    /// The one row that was written.
    ///
    /// # Errors
    /// As [`Write::one`].
    #[track_caller]
    pub fn one(self, db: &dyn Executor) -> impl Future<Output = Result<R, Error>> + Send {
        let rows = run(self.into_statement(), db);
        async move { only(rows.await?, <W::Model as Model>::TABLE) }
    }

    /// The statement that would be sent.
    ///
    /// # Errors
    /// As [`Write::to_sql`].
    pub fn to_sql(self) -> Result<Statement, Error> {
        sendable(self.into_statement(), <W::Model as Model>::TABLE)
    }
}

impl<W: Tune, R> Tune for Returning<W, R> {
    fn options_mut(&mut self) -> &mut Options {
        self.write.options_mut()
    }
}

impl<W, R> fmt::Debug for Returning<W, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Returning")
    }
}

pub(crate) fn sendable(statement: Result<Option<Statement>, Error>, table: &'static Table) -> Result<Statement, Error> {
    statement?.ok_or_else(|| nothing_to_write(table))
}

fn nothing_to_write(table: &'static Table) -> Error {
    let error = Error::new(
        ErrorKind::InvalidQuery,
        "there is nothing to write, so nothing would be sent",
    );
    error.with_table(Some(table))
}

/// The rows of a statement if there is one, sent from the place that calls the terminal.
#[track_caller]
pub(crate) fn run<R: FromRow>(
    statement: Result<Option<Statement>, Error>,
    db: &dyn Executor,
) -> impl Future<Output = Result<Vec<R>, Error>> + Send {
    let statement = here_if_any(statement);
    async move {
        match statement? {
            Some(statement) => fetch_all(Ok(statement), db).await,
            None => Ok(Vec::new()),
        }
    }
}

/// The one row that a write stores, for the line of the program at `place`.
pub(crate) async fn one_at<W: Write>(
    write: W,
    place: &'static Location<'static>,
    db: &dyn Executor,
) -> Result<W::Model, Error> {
    let table = <W::Model as Model>::TABLE;
    let mut statement = sendable(write.into_statement(ReturningClause::Model), table)?;
    statement.place = Some(place);
    only(fetch_all(Ok(statement), db).await?, table)
}

/// As [`run`], for the number of rows.
#[track_caller]
pub(crate) fn execute_some(
    statement: Result<Option<Statement>, Error>,
    db: &dyn Executor,
) -> impl Future<Output = Result<u64, Error>> + Send {
    let statement = here_if_any(statement);
    async move {
        match statement? {
            Some(statement) => execute(Ok(statement), db).await,
            None => Ok(0),
        }
    }
}

//! Running an insert, update or delete, and what it returns.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::sync::Arc;

use super::cte::{Cte, CteBody, CteId};
use super::explain::explain;
use super::fetch::{execute, fetch_all, only};
use super::from::Item;
use super::{Explain, InScope, Parts};
use crate::driver::{Executor, Statement};
use crate::error::{Error, ErrorKind};
use crate::expr::{Assign, OfOneRow, Select, Source};
use crate::model::{Fields, FieldsOf, Model, Table, TableModel};
use crate::sql::{Node, Output, Survey, Writer};
use crate::types::FromRow;

/// What a write returns.
#[derive(Debug)]
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
pub trait Write: Sized + Send {
    /// The model that is written.
    type Model: TableModel;

    /// What is written; `None` if there is nothing to write.
    #[doc(hidden)]
    fn into_body(self, returning: ReturningClause) -> Result<Option<WriteBody>, Error>;

    /// The statement; `None` if there is nothing to write.
    #[doc(hidden)]
    fn into_statement(self, returning: ReturningClause) -> Result<Option<Statement>, Error> {
        let body = self.into_body(returning)?;
        body.as_ref().map(WriteBody::statement).transpose()
    }

    #[doc(hidden)]
    fn source(&self) -> Source;

    /// Runs it; gives the number of rows written.
    ///
    /// # Errors
    /// As the trait says.
    fn execute(self, db: &dyn Executor) -> impl Future<Output = Result<u64, Error>> + Send {
        let statement = self.into_statement(ReturningClause::Nothing);
        async move {
            match statement? {
                Some(statement) => execute(Ok(statement), db).await,
                None => Ok(0),
            }
        }
    }

    /// Runs it; gives the rows as they are now (deleted ones as they were), in no particular order: `RETURNING`.
    ///
    /// # Errors
    /// As the trait says.
    fn all(self, db: &dyn Executor) -> impl Future<Output = Result<Vec<Self::Model>, Error>> + Send {
        run(self.into_statement(ReturningClause::Model), db)
    }

    /// Runs it; gives the one row that was written.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] if none was written. [`ErrorKind::TooManyRows`] if there were more: they are written, but
    /// in a transaction the error rolls them back.
    fn one(self, db: &dyn Executor) -> impl Future<Output = Result<Self::Model, Error>> + Send {
        let rows = run(self.into_statement(ReturningClause::Model), db);
        async move { only(rows.await?, <Self::Model as Model>::TABLE) }
    }

    /// Returns expressions instead of the model: `RETURNING u.id, …`.
    fn returning<S: Select>(self, select: impl FnOnce(FieldsOf<Self::Model>) -> S) -> Returning<Self, S::Row>
    where
        S::Phase: OfOneRow,
    {
        let mut items = Vec::new();
        select(FieldsOf::<Self::Model>::at(self.source())).append_to(&mut items);
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
        model_cte(self.into_body(ReturningClause::Model))
    }
}

/// A write that can be run by itself or as a CTE.
#[doc(hidden)]
#[derive(Clone)]
pub struct WriteBody {
    body: Arc<dyn Body>,
    operation: &'static str,
    table: &'static Table,
}

/// What a write consists of.
pub(crate) trait Body: Send + Sync {
    fn survey(&self, survey: &mut Survey);
    fn write(&self, writer: &mut Writer);
}

impl fmt::Debug for WriteBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.operation, self.table.model)
    }
}

impl WriteBody {
    pub(crate) fn new(operation: &'static str, table: &'static Table, body: impl Body + 'static) -> Self {
        Self {
            body: Arc::new(body),
            operation,
            table,
        }
    }

    pub(crate) fn survey(&self, survey: &mut Survey) {
        survey.table(self.table);
        self.body.survey(survey);
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        let outer = writer.scope.open(self.table);
        self.body.write(writer);
        writer.scope.close(outer);
    }

    pub(crate) fn statement(&self) -> Result<Statement, Error> {
        let mut survey = Survey::default();
        self.survey(&mut survey);
        let mut writer = Writer::new(self.operation, self.table, survey);
        writer.begin_with_clause();
        self.write(&mut writer);
        writer.finish()
    }
}

fn write_cte<R: InScope>(
    body: Result<Option<WriteBody>, Error>,
    table: &'static Table,
    outputs: Vec<Output>,
) -> Cte<R> {
    let body = match body.and_then(|body| body.ok_or_else(|| nothing_to_write(table))) {
        Ok(body) => CteBody::Write(body),
        Err(error) => CteBody::Invalid(error.kind(), error.message().to_owned()),
    };
    Cte::new(CteId::new(), body, table, outputs)
}

/// A write that returns its model.
pub(crate) fn model_cte<M: TableModel>(body: Result<Option<WriteBody>, Error>) -> Cte<M> {
    write_cte(body, M::TABLE, Parts::new(M::TABLE).outputs())
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
        let table = <W::Model as Model>::TABLE;
        // Named as a query would name them that selects the same.
        let mut item = Item::table(table);
        item.source = self.write.source();
        let mut parts = Parts::from(item);
        parts.items = Some(self.items.clone());
        write_cte(
            self.write.into_body(ReturningClause::Items(self.items)),
            table,
            parts.outputs(),
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
    pub async fn all(self, db: &dyn Executor) -> Result<Vec<R>, Error> {
        run(self.into_statement(), db).await
    }

    /// The one row that was written.
    ///
    /// # Errors
    /// As [`Write::one`].
    pub async fn one(self, db: &dyn Executor) -> Result<R, Error> {
        only(run(self.into_statement(), db).await?, <W::Model as Model>::TABLE)
    }

    /// The statement that would be sent.
    ///
    /// # Errors
    /// As [`Write::to_sql`].
    pub fn to_sql(self) -> Result<Statement, Error> {
        sendable(self.into_statement(), <W::Model as Model>::TABLE)
    }
}

impl<W, R> fmt::Debug for Returning<W, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Returning")
    }
}

fn sendable(statement: Result<Option<Statement>, Error>, table: &'static Table) -> Result<Statement, Error> {
    statement?.ok_or_else(|| nothing_to_write(table))
}

fn nothing_to_write(table: &'static Table) -> Error {
    let error = Error::new(
        ErrorKind::InvalidQuery,
        "there is nothing to write, so nothing would be sent",
    );
    error.with_table(Some(table))
}

async fn run<R: FromRow>(statement: Result<Option<Statement>, Error>, db: &dyn Executor) -> Result<Vec<R>, Error> {
    match statement? {
        Some(statement) => fetch_all(Ok(statement), db).await,
        None => Ok(Vec::new()),
    }
}

/// `"a" = …, "b" = …`, and the version counted up.
pub(crate) fn write_assignments<M>(
    writer: &mut Writer,
    assignments: &[Assign<M>],
    table: &'static Table,
    source: Source,
) {
    for (index, assignment) in assignments.iter().enumerate() {
        if index > 0 {
            writer.push(", ");
        }
        let repeated = assignments[..index]
            .iter()
            .any(|earlier| earlier.column.name == assignment.column.name);
        if repeated {
            writer.fail(Error::new(
                ErrorKind::InvalidQuery,
                format!("`{}` is set twice in one update", assignment.column.field),
            ));
        }
        writer.name(assignment.column.name);
        writer.push(" = ");
        writer.node(&assignment.value);
    }
    if let Some(version) = table.version.and_then(|name| table.column(name)) {
        writer.push(", ");
        writer.name(version.name);
        writer.push(" = ");
        writer.node(&Node::Column(source, version));
        writer.push(" + 1");
    }
}

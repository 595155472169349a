//! Queries that are built once.

use std::fmt;
use std::sync::OnceLock;

use super::Fetch;
use super::fetch::{fetch_all, fetch_optional, only};
use super::stream::RowStream;
use crate::driver::{Executor, Param, Statement};
use crate::error::Error;
use crate::expr::{Parameters, Values};
use crate::model::Table;
use crate::options::{Options, Tune};
use crate::statements::here;
use crate::types::FromRow;

/// A query with typed parameters that is built and written once; running it costs the encoding of its parameters only.
///
/// It can be a `static`. `P` is the tuple of the parameters' types, `Q` the query:
/// `static ADULTS: Prepared<(i32, String), Query<User>> =`
/// `Prepared::new(|(age, name)| User::query().filter(|u| u.age.ge(age) & u.name.eq(name)));`,
/// and then `ADULTS.bind((18, "Ann")).all(&db).await?`.
pub struct Prepared<P: Parameters, Q> {
    build: fn(P::Placeholders) -> Q,
    written: OnceLock<Option<Written>>,
}

/// A statement without the values of its placeholders.
struct Written {
    statement: Statement,
    /// Which of its parameters are placeholders, and which.
    placeholders: Vec<(usize, u16)>,
}

impl<P: Parameters, Q: Fetch> Prepared<P, Q> {
    /// A query that this function builds, from one placeholder for each parameter. It is called at the first
    /// [`bind`](Self::bind).
    pub const fn new(build: fn(P::Placeholders) -> Q) -> Self {
        Self {
            build,
            written: OnceLock::new(),
        }
    }

    /// The query with these values for its parameters.
    pub fn bind<V: Values<P>>(&self, values: V) -> Bound<Q> {
        let written = self.written.get_or_init(|| self.write().ok());
        let statement = match written {
            Some(written) => Ok(written.with(values.into_params())),
            // It cannot be written: once more, for the reason.
            None => self.write().map(|written| written.with(values.into_params())),
        };
        Bound {
            statement,
            unheard: Options::default(),
            marker: std::marker::PhantomData,
        }
    }

    fn write(&self) -> Result<Written, Error> {
        let parts = (self.build)(P::placeholders()).into_parts();
        let (statement, placeholders) = parts.prepared_statement()?;
        Ok(Written {
            statement,
            placeholders,
        })
    }
}

impl Written {
    fn with(&self, values: Vec<Param>) -> Statement {
        let mut statement = self.statement.clone();
        for (at, index) in &self.placeholders {
            if let (Some(param), Some(value)) = (statement.params.get_mut(*at), values.get(usize::from(*index))) {
                *param = value.clone();
            }
        }
        statement
    }
}

impl<P: Parameters, Q> fmt::Debug for Prepared<P, Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Prepared")
    }
}

/// A prepared query with the values of its parameters. The errors of all methods are those of [`Fetch`].
#[must_use = "a query does nothing until it is run, by `.all(&db)` for instance"]
pub struct Bound<Q> {
    statement: Result<Statement, Error>,
    /// Of a statement that cannot be written.
    unheard: Options,
    marker: std::marker::PhantomData<fn() -> Q>,
}

impl<Q: Fetch> Bound<Q> {
    /// All rows.
    ///
    /// # Errors
    /// As [`Fetch`] says.
    #[track_caller]
    pub fn all(self, db: &dyn Executor) -> impl Future<Output = Result<Vec<Q::Row>, Error>> + Send {
        fetch_all(here(self.statement), db)
    }

    /// The first row, or `None`. The text is fixed, so no limit is added: write `.limit(1)` into the query.
    ///
    /// # Errors
    /// As [`Fetch`] says.
    #[track_caller]
    pub fn first(self, db: &dyn Executor) -> impl Future<Output = Result<Option<Q::Row>, Error>> + Send {
        fetch_optional(here(self.statement), db)
    }

    /// The only row.
    ///
    /// # Errors
    /// As [`Fetch::one`].
    #[track_caller]
    pub fn one(self, db: &dyn Executor) -> impl Future<Output = Result<Q::Row, Error>> + Send {
        let table = self.statement.as_ref().ok().and_then(|statement| statement.table);
        let rows = fetch_all(here(self.statement), db);
        async move { only(rows.await?, table.unwrap_or(NO_TABLE)) }
    }

    /// The rows one after another, in bounded memory.
    #[track_caller]
    pub fn stream(self, db: &dyn Executor) -> RowStream<'_, Q::Row>
    where
        Q::Row: FromRow,
    {
        RowStream::new(here(self.statement), db)
    }

    /// The statement that would be sent.
    ///
    /// # Errors
    /// As at sending.
    pub fn to_sql(self) -> Result<Statement, Error> {
        self.statement
    }
}

/// An option of a bound query holds for it alone; one that `Prepared`'s own query has for each.
impl<Q> Tune for Bound<Q> {
    fn options_mut(&mut self) -> &mut Options {
        match &mut self.statement {
            Ok(statement) => statement.options_mut(),
            Err(_) => &mut self.unheard,
        }
    }
}

/// For the error of a query about no table.
const NO_TABLE: &Table = crate::__private::STUB_TABLE;

impl<Q> fmt::Debug for Bound<Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bound")
    }
}

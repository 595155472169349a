//! Streams of rows, or of CSV, into a table: `COPY … FROM STDIN`.

use std::error::Error as StdError;
use std::fmt;
use std::future::{Future, poll_fn};
use std::marker::PhantomData;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;

use super::rows::{CHUNK, HEADER, copy_from_stdin, put_row, put_trailer};
use super::{CopyFormat, CopyTarget};
use crate::driver::{CopySource, Executor};
use crate::error::{Error, ErrorKind};
use crate::expr::{Select, Source};
use crate::model::Fields;
use crate::model::{FieldsOf, Generation, Insertable, IntoInsert, Table, TableModel};
use crate::types::Buffer;

type AnyError = Box<dyn StdError + Send + Sync>;

/// Streams into the table of a model.
pub trait CopyModel: TableModel {
    /// Stores the rows of a stream while they come: `COPY "users" ("email", …) FROM STDIN (FORMAT binary)`. All or none.
    ///
    /// ```no_run
    /// # use orm_core::{CopyModel, CopyRow, Error, Executor, TableModel};
    /// # async fn example<User: TableModel, NewUser: CopyRow<User>>(
    /// #     rows: impl futures_core::Stream<Item = Result<NewUser, std::io::Error>> + Send,
    /// #     db: &dyn Executor,
    /// # ) -> Result<(), Error> {
    /// let stored: u64 = User::copy_from(rows).execute(db).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// The rows must all give the same columns. What COPY cannot write (a tenant's table, a role under row-level security,
    /// columns of other types than the model's) is an error before anything is stored: use `insert_many` for that.
    fn copy_from<S, I, E>(rows: S) -> CopyFrom<Self, S>
    where
        S: Stream<Item = Result<I, E>> + Send,
        I: CopyRow<Self>,
        E: Into<AnyError>,
    {
        CopyFrom {
            rows,
            marker: PhantomData,
        }
    }

    /// Stores the rows of a CSV while its bytes come, cut anywhere: `COPY "users" ("email", …) FROM STDIN (FORMAT csv,
    /// HEADER)`. All or none. The server reads the values, as it does in SQL text.
    ///
    /// The columns are the model's, in its order, without those that are `GENERATED ALWAYS`; other ones by
    /// [`columns`](CopyCsvFrom::columns). The first line is skipped; a CSV without a line of names, or another format, by
    /// [`format`](CopyCsvFrom::format).
    fn copy_csv_from<S, E>(bytes: S) -> CopyCsvFrom<Self, S>
    where
        S: Stream<Item = Result<Bytes, E>> + Send,
        E: Into<AnyError>,
    {
        let always = |column: &usize| {
            let generation = Self::TABLE.columns[*column].generation;
            !matches!(generation, Generation::IdentityAlways | Generation::Stored(_))
        };
        CopyCsvFrom {
            bytes,
            columns: Ok((0..Self::TABLE.columns.len()).filter(always).collect()),
            format: CopyFormat::csv(),
            marker: PhantomData,
        }
    }
}

impl<M: TableModel> CopyModel for M {}

/// What a stream for [`copy_from`](CopyModel::copy_from) gives: what `insert_many` takes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be copied into the table of `{M}`",
    label = "expected a stream of `Result<New{M}, _>`",
    note = "give a stream of `New{M} {{ … }}`, or put `#[derive(Insert)]` and `#[orm(of = {M})]` on `{Self}`"
)]
pub trait CopyRow<M: TableModel>: Send {
    #[doc(hidden)]
    type Row: Insertable<Model = M>;
    #[doc(hidden)]
    fn into_copied(self) -> Self::Row;
}

#[diagnostic::do_not_recommend]
impl<M: TableModel, I: IntoInsert<M> + Send> CopyRow<M> for I {
    type Row = I::Row;

    fn into_copied(self) -> I::Row {
        self.into_row()
    }
}

/// A COPY of a stream of rows: made by [`CopyModel::copy_from`].
#[must_use = "nothing is stored before `.execute(&db)`"]
pub struct CopyFrom<M, S> {
    rows: S,
    marker: PhantomData<fn() -> M>,
}

impl<M, S, I, E> CopyFrom<M, S>
where
    M: TableModel,
    S: Stream<Item = Result<I, E>> + Send,
    I: CopyRow<M>,
    E: Into<AnyError>,
{
    /// Stores the rows; gives their number. A stream without rows sends nothing.
    ///
    /// On a database it runs in a transaction of its own, and no statement timeout applies, since it goes at the pace of the
    /// stream: set a limit of yours around it. In a transaction of yours that one's `statement_timeout` does. Dropped before
    /// its end, nothing is stored and its connection is closed; an error, too, leaves nothing stored.
    ///
    /// # Errors
    /// The server's, of which [`Error::copy_line`] tells the row (from 1). [`ErrorKind::Encode`] for a value that cannot be
    /// stored. [`ErrorKind::Source`] with the stream's own, unless that is an [`Error`].
    #[track_caller]
    pub fn execute(self, db: &dyn Executor) -> impl Future<Output = Result<u64, Error>> + Send {
        let place = Location::caller();
        async move {
            let mut source = RowSource {
                rows: Box::pin(self.rows),
                first: None,
                columns: Vec::new(),
                table: M::TABLE,
                count: 0,
                state: State::Header,
                place,
            };
            if M::TABLE.tenant.is_some() {
                return Err(of_tenant(M::TABLE));
            }
            if !source.peek().await? {
                return Ok(0);
            }
            let target = CopyTarget::ask(M::TABLE, Some(place), db).await?;
            target.check(M::TABLE, &source.columns, true)?;
            let copy = copy_from_stdin(M::TABLE, &source.columns, "FORMAT binary");
            run(&copy, &mut source, db).await
        }
    }
}

fn of_tenant(table: &'static Table) -> Error {
    let text = "a tenant's rows cannot be copied in, since a COPY takes no value of a scope; use `insert_many`";
    Error::new(ErrorKind::InvalidQuery, text).with_table(Some(table))
}

/// Runs a COPY at the pace of its source.
async fn run<S: CopySource + HasTable>(copy: &str, source: &mut S, db: &dyn Executor) -> Result<u64, Error> {
    let table = source.table();
    let stored = if db.is_transaction() {
        db.copy_in(copy, source).await
    } else {
        let transaction = db.begin().await?;
        transaction.batch("SET LOCAL statement_timeout = 0").await?;
        match transaction.copy_in(copy, source).await {
            Ok(stored) => transaction.commit().await.map(|()| stored),
            Err(error) => Err(error),
        }
    };
    stored.map_err(|error| error.with_table(Some(table)))
}

trait HasTable {
    fn table(&self) -> &'static Table;
}

/// An error of a stream's own.
fn of_source(error: impl Into<AnyError>) -> Error {
    match error.into().downcast::<Error>() {
        Ok(error) => *error,
        Err(error) => Error::new(
            ErrorKind::Source,
            "the stream to copy from has failed; nothing was stored",
        )
        .with_source(error),
    }
}

/// The rows of a stream in the binary format.
struct RowSource<S, R> {
    rows: Pin<Box<S>>,
    /// The one that told the columns.
    first: Option<R>,
    columns: Vec<usize>,
    table: &'static Table,
    count: u64,
    state: State,
    place: &'static Location<'static>,
}

enum State {
    Header,
    Rows(Buffer),
    Done,
}

impl<S, R, I, E> RowSource<S, R>
where
    S: Stream<Item = Result<I, E>> + Send,
    R: Insertable,
    I: CopyRow<R::Model, Row = R>,
    E: Into<AnyError>,
{
    /// Waits for the first row; whether there is one.
    async fn peek(&mut self) -> Result<bool, Error> {
        let Some(first) = poll_fn(|context| self.rows.as_mut().poll_next(context)).await else {
            return Ok(false);
        };
        let first = first.map_err(of_source)?.into_copied();
        self.columns = (0..self.table.columns.len())
            .filter(|&column| first.gives(column))
            .collect();
        if self.columns.is_empty() {
            let text = "rows of defaults only cannot be copied in, since a COPY needs a column; use `insert_many`";
            return Err(Error::new(ErrorKind::InvalidQuery, text).with_table(Some(self.table)));
        }
        if self
            .columns
            .iter()
            .any(|&column| self.table.columns[column].ty.holds_oids())
        {
            let text = "composites and arrays of enums cannot be copied in, since their format holds numbers of the \
                        database's own; use `insert_many`";
            return Err(Error::new(ErrorKind::InvalidQuery, text).with_table(Some(self.table)));
        }
        self.first = Some(first);
        Ok(true)
    }

    fn put(&mut self, row: &R, out: &mut Buffer) -> Result<(), Error> {
        if R::VARIES {
            let given = (0..self.table.columns.len()).filter(|&column| row.gives(column));
            if !given.eq(self.columns.iter().copied()) {
                let text = format!(
                    "row {} gives other columns than the first one, but a COPY has the same for all; give them in each row, \
                     or use `insert_many`",
                    self.count + 1
                );
                return Err(Error::new(ErrorKind::InvalidQuery, text));
            }
        }
        put_row(self.table, &self.columns, self.count, out, |column, out| {
            row.put(column, out)
        })?;
        self.count += 1;
        Ok(())
    }
}

impl<S, R> HasTable for RowSource<S, R> {
    fn table(&self) -> &'static Table {
        self.table
    }
}

impl<S, R, I, E> CopySource for RowSource<S, R>
where
    S: Stream<Item = Result<I, E>> + Send,
    R: Insertable,
    I: CopyRow<R::Model, Row = R>,
    E: Into<AnyError>,
{
    fn next_chunk(&mut self) -> Result<Option<Bytes>, Error> {
        Err(waits())
    }

    fn poll_chunk(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<Bytes>, Error>> {
        let mut out = match std::mem::replace(&mut self.state, State::Done) {
            State::Done => return Poll::Ready(Ok(None)),
            State::Rows(out) => out,
            State::Header => {
                let mut out = Buffer::new();
                out.put(HEADER);
                out
            }
        };
        if let Some(first) = self.first.take() {
            self.put(&first, &mut out)?;
        }
        while out.len() < CHUNK {
            match self.rows.as_mut().poll_next(context) {
                Poll::Pending => {
                    self.state = State::Rows(out);
                    return Poll::Pending;
                }
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Err(of_source(error))),
                Poll::Ready(Some(Ok(row))) => self.put(&row.into_copied(), &mut out)?,
                Poll::Ready(None) => {
                    put_trailer(&mut out);
                    return Poll::Ready(Ok(Some(out.into_vec().into())));
                }
            }
        }
        self.state = State::Rows(Buffer::new());
        Poll::Ready(Ok(Some(out.into_vec().into())))
    }

    fn place(&self) -> Option<&'static Location<'static>> {
        Some(self.place)
    }
}

fn waits() -> Error {
    Error::new(
        ErrorKind::InvalidQuery,
        "this COPY waits for its data: a driver calls `poll_chunk`",
    )
}

/// A COPY of CSV, or of another format: made by [`CopyModel::copy_csv_from`].
#[must_use = "nothing is stored before `.execute(&db)`"]
pub struct CopyCsvFrom<M, S> {
    bytes: S,
    columns: Result<Vec<usize>, Error>,
    format: CopyFormat,
    marker: PhantomData<fn() -> M>,
}

impl<M: TableModel, S> CopyCsvFrom<M, S> {
    /// The columns of the data, in their order: `.columns(|u| (u.email, u.name))`. The others get their defaults.
    pub fn columns<C: Select>(mut self, columns: impl FnOnce(FieldsOf<M>) -> C) -> Self {
        let mut nodes = Vec::new();
        columns(FieldsOf::<M>::at(Source::new())).append_to(&mut nodes);
        let position = |node: &crate::sql::Node| {
            let name = node.column_name()?;
            M::TABLE.columns.iter().position(|column| column.name == name)
        };
        let columns: Option<Vec<usize>> = nodes.iter().map(position).collect();
        self.columns = columns.filter(|columns| !columns.is_empty()).ok_or_else(|| {
            let text = "`columns` takes columns of the model itself: a computed value cannot be copied into";
            Error::new(ErrorKind::InvalidQuery, text).with_table(Some(M::TABLE))
        });
        self
    }

    /// Another format, or other options: `.format(CopyFormat::csv().header(false).delimiter(';'))`.
    pub fn format(mut self, format: CopyFormat) -> Self {
        self.format = format;
        self
    }
}

impl<M, S, E> CopyCsvFrom<M, S>
where
    M: TableModel,
    S: Stream<Item = Result<Bytes, E>> + Send,
    E: Into<AnyError>,
{
    /// Stores the rows; gives their number. As [`CopyFrom::execute`].
    ///
    /// # Errors
    /// As [`CopyFrom::execute`]; [`Error::copy_line`] tells the line, from 1, that of the names included.
    #[track_caller]
    pub fn execute(self, db: &dyn Executor) -> impl Future<Output = Result<u64, Error>> + Send {
        let place = Location::caller();
        async move {
            let (columns, format) = (self.columns?, self.format.sql()?);
            if M::TABLE.tenant.is_some() {
                return Err(of_tenant(M::TABLE));
            }
            let target = CopyTarget::ask(M::TABLE, Some(place), db).await?;
            target.check(M::TABLE, &columns, false)?;
            let mut source = BytesSource {
                bytes: Box::pin(self.bytes),
                table: M::TABLE,
                place,
            };
            run(&copy_from_stdin(M::TABLE, &columns, &format), &mut source, db).await
        }
    }
}

struct BytesSource<S> {
    bytes: Pin<Box<S>>,
    table: &'static Table,
    place: &'static Location<'static>,
}

impl<S> HasTable for BytesSource<S> {
    fn table(&self) -> &'static Table {
        self.table
    }
}

impl<S, E> CopySource for BytesSource<S>
where
    S: Stream<Item = Result<Bytes, E>> + Send,
    E: Into<AnyError>,
{
    fn next_chunk(&mut self) -> Result<Option<Bytes>, Error> {
        Err(waits())
    }

    fn poll_chunk(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<Bytes>, Error>> {
        let next = self.bytes.as_mut().poll_next(context);
        next.map(|piece| piece.transpose().map_err(of_source))
    }

    fn place(&self) -> Option<&'static Location<'static>> {
        Some(self.place)
    }
}

impl<M: TableModel, S> fmt::Debug for CopyFrom<M, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CopyFrom<{}>", M::TABLE.model)
    }
}

impl<M: TableModel, S> fmt::Debug for CopyCsvFrom<M, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CopyCsvFrom<{}>", M::TABLE.model)
    }
}

//! What a driver gives: executors of statements, rows of bytes, transactions.
//!
//! A query becomes a [`Statement`] synchronously; an [`Executor`] sends it and hands each row to a [`RowSink`] while it
//! arrives, so nothing is collected twice. All traits are dyn-compatible: a query is compiled once, whatever runs it.

use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

use crate::copy::CopyFormat;
use crate::error::{Error, ErrorKind};
use crate::model::Table;
use crate::options::Options;
use crate::scope::{ScopeKey, Settings};
use crate::transaction::{Transaction, TransactionOptions};
use crate::types::{Buffer, DbType, FromRow, IsNull, PgType, ResultType, ValueError};

/// A boxed future that is `Send`.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Bytes that arrive piece by piece.
pub type ByteStream<'a> = Pin<Box<dyn Stream<Item = Result<bytes::Bytes, Error>> + Send + 'a>>;

/// A stream by a function, as `std::future::poll_fn` is a future.
struct PollFn<F>(F);

impl<T, F: FnMut(&mut Context<'_>) -> Poll<Option<T>> + Unpin> Stream for PollFn<F> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        (self.0)(context)
    }
}

/// One parameter of a statement: its PostgreSQL type and its bytes, or why there are none.
#[derive(Clone)]
pub struct Param {
    /// The type that the statement declares for it.
    pub ty: &'static PgType,
    /// `None` is NULL.
    pub bytes: Result<Option<Buffer>, ValueError>,
    /// The value of a scope that it stands for, until that is put in.
    pub scope: Option<ScopeKey>,
}

impl Param {
    /// Encodes a value as a parameter.
    #[must_use]
    pub fn new<T: DbType>(value: &T) -> Self {
        Self::encode(T::TYPE, |out| value.encode(out))
    }

    /// A parameter of type `ty` with the bytes that `encode` writes.
    #[must_use]
    pub fn encode(ty: &'static PgType, encode: impl FnOnce(&mut Buffer) -> Result<IsNull, ValueError>) -> Self {
        let mut buffer = Buffer::new();
        let bytes = match encode(&mut buffer) {
            Ok(IsNull::No) => Ok(Some(buffer)),
            Ok(IsNull::Yes) => Ok(None),
            Err(error) => Err(error),
        };
        Self { ty, bytes, scope: None }
    }

    /// NULL.
    #[must_use]
    pub const fn null(ty: &'static PgType) -> Self {
        Self {
            ty,
            bytes: Ok(None),
            scope: None,
        }
    }
}

/// Shows the type only: values are never printed.
impl fmt::Debug for Param {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Param({})", self.ty)
    }
}

/// A statement ready to be sent: text with `$1 … $n`, and the parameters.
#[derive(Clone)]
pub struct Statement {
    /// The SQL text. Equal shapes of queries give equal text.
    pub text: Cow<'static, str>,
    /// The parameters, in the order of their numbers.
    pub params: Vec<Param>,
    /// The command: `SELECT`, `INSERT`, `UPDATE`, `DELETE` … For traces.
    pub operation: &'static str,
    /// The table it is about. For traces and errors.
    pub table: Option<&'static Table>,
    /// The place in the program that sends it, where it comes from a terminal (`all`, `execute` …). For traces and counts.
    pub place: Option<&'static Location<'static>>,
    /// Whether it does nothing but read rows, as far as the builders know: a SELECT that locks none, has no data-modifying
    /// CTE, and calls no function or text of the program's own. A driver may run it beside others on one connection, and
    /// on a replica.
    pub only_reads: bool,
    /// What is asked of it besides, if anything is.
    pub options: Option<Box<Options>>,
}

impl Statement {
    /// The text as it is sent: with its [tags](crate::Tune::tag) as a comment.
    #[must_use]
    pub fn sent_text(&self) -> Cow<'_, str> {
        match &self.options {
            Some(options) if options.is_tagged() => Cow::Owned(format!("{}{}", self.text, options.comment())),
            _ => Cow::Borrowed(&self.text),
        }
    }

    /// The first parameter that could not be encoded, as an error that names its position and type, or one that stands for a
    /// value of a scope which the executor does not have. A driver asks for it before it sends anything.
    ///
    /// # Errors
    /// [`ErrorKind::Encode`], [`ErrorKind::InvalidQuery`].
    pub fn check_params(&self) -> Result<(), Error> {
        match self.params.iter().find_map(|param| param.scope.as_ref()) {
            Some(key) => Err(missing_value(key, self.table)),
            None => self.check_values(),
        }
    }

    /// The first parameter that could not be encoded; the values of a scope may come yet.
    pub(crate) fn check_values(&self) -> Result<(), Error> {
        for (index, param) in self.params.iter().enumerate() {
            if let Err(reason) = &param.bytes {
                return Err(Error::encode(index, param.ty, reason, self.table));
            }
        }
        Ok(())
    }
}

#[cold]
fn missing_value(key: &ScopeKey, table: Option<&'static Table>) -> Error {
    let (value, what) = (key.name(), table.map_or("the statement", |table| table.model));
    let text = format!(
        "`{what}` needs the `{value}` of the executor's scope, which has none; run it on `db.scoped(Scope::new().value({value}(…)))`"
    );
    Error::new(ErrorKind::InvalidQuery, text).with_table(table)
}

/// The text and the parameters' types.
impl fmt::Debug for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Statement")
            .field("text", &self.text)
            .field("params", &self.params)
            .finish_non_exhaustive()
    }
}

/// The text, and below it one line for each parameter with its type: `-- $1: int4`. Values are never printed.
impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        for (index, param) in self.params.iter().enumerate() {
            write!(f, "\n-- ${}: {}", index + 1, param.ty)?;
        }
        Ok(())
    }
}

/// A column of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultColumn {
    /// Its name.
    pub name: Box<str>,
    /// Its type.
    pub ty: ResultType,
}

/// The columns of a result while [`FromRow::check`](crate::FromRow::check) takes them from left to right.
#[derive(Debug)]
pub struct Columns<'a> {
    columns: &'a [ResultColumn],
    taken: usize,
    /// Whether the names count, too.
    by_name: bool,
    /// Where the types go that are asked for, when nothing is checked yet.
    expected: Option<&'a mut Vec<&'static PgType>>,
}

impl<'a> Columns<'a> {
    /// All columns of a result.
    #[must_use]
    pub fn new(columns: &'a [ResultColumn]) -> Self {
        let (taken, by_name) = (0, false);
        Self {
            columns,
            taken,
            by_name,
            expected: None,
        }
    }

    /// Checks nothing, but appends the types that are asked for: for [`RowSink::expected`].
    #[must_use]
    pub fn expected(types: &'a mut Vec<&'static PgType>) -> Self {
        Self {
            expected: Some(types),
            ..Self::new(&[])
        }
    }

    /// All columns of a result whose text a person wrote: what is read into a named field must have its name.
    #[must_use]
    pub fn by_name(columns: &'a [ResultColumn]) -> Self {
        let by_name = true;
        Self {
            by_name,
            ..Self::new(columns)
        }
    }

    /// Checks that the next column, which is not taken, has the name of the field that it is read into. Of a statement
    /// that the query builders made it always has its place, and its name does not matter.
    ///
    /// # Errors
    /// [`ErrorKind::ColumnType`] for a [`by_name`](Self::by_name) result whose next column is called otherwise.
    pub fn is_named(&self, name: &str, field: &str) -> Result<(), Error> {
        match self.columns.get(self.taken) {
            Some(column) if self.by_name && *column.name != *name => Err(misnamed(self.taken, column, name, field)),
            _ => Ok(()),
        }
    }

    /// Takes the next column and checks that a `T` can be decoded from it.
    ///
    /// # Errors
    /// [`ErrorKind::ColumnType`] when its type is another one, or when there is none.
    #[allow(
        clippy::should_implement_trait,
        reason = "it is no iterator: the type of each item is the caller's"
    )]
    pub fn next<T: DbType>(&mut self) -> Result<(), Error> {
        self.expect(T::TYPE)
    }

    /// Takes the next column and checks that its type is `ty`.
    ///
    /// # Errors
    /// As [`next`](Self::next).
    pub fn expect(&mut self, ty: &'static PgType) -> Result<(), Error> {
        if let Some(expected) = &mut self.expected {
            expected.push(ty);
            return Ok(());
        }
        let Some(column) = self.columns.get(self.taken) else {
            return Err(Error::new(
                ErrorKind::ColumnType,
                format!(
                    "the statement gives {} columns, but the row type takes more",
                    self.columns.len()
                ),
            ));
        };
        self.taken += 1;
        if ty.accepts(&column.ty) {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::ColumnType,
            format!(
                "column \"{}\" has the type {} in the database, but the program reads it as {ty}; \
                 change the field's type or migrate the column",
                column.name, column.ty
            ),
        ))
    }
}

#[cold]
fn misnamed(at: usize, column: &ResultColumn, name: &str, field: &str) -> Error {
    Error::new(
        ErrorKind::ColumnType,
        format!(
            "column {} is \"{}\", but the field is `{field}`; select the columns in the order of the fields, or rename \
             it: `… AS \"{name}\"`",
            at + 1,
            column.name
        ),
    )
}

/// The cells of a row, as the driver holds them.
pub trait Cells {
    /// Fills `out` with the cells from position `from`; `None` is NULL, and so are positions past the row's end.
    fn fill<'r>(&'r self, from: usize, out: &mut [Option<&'r [u8]>]);
}

/// A row of a result, in PostgreSQL's binary format.
#[derive(Clone, Copy)]
pub struct Row<'r> {
    cells: &'r dyn Cells,
}

impl<'r> Row<'r> {
    /// A row over a driver's cells.
    #[must_use]
    pub fn new(cells: &'r dyn Cells) -> Self {
        Self { cells }
    }

    /// `N` cells from position `from`: the driver is asked once for a whole model.
    #[inline]
    #[must_use]
    pub fn cells<const N: usize>(&self, from: usize) -> [Option<&'r [u8]>; N] {
        let mut cells = [None; N];
        self.cells.fill(from, &mut cells);
        cells
    }

    /// As [`cells`](Self::cells), as many as there is room for.
    #[inline]
    pub(crate) fn fill(&self, from: usize, cells: &mut [Option<&'r [u8]>]) {
        self.cells.fill(from, cells);
    }

    /// Decodes the cell at position `at`.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`] with the position.
    #[inline]
    pub fn get<T: DbType>(&self, at: usize) -> Result<T, Error> {
        let [cell] = self.cells::<1>(at);
        T::decode(cell).map_err(|reason| Error::decode(at, None, T::TYPE, &reason))
    }

    /// Whether so many cells from position `from` are all NULL.
    #[doc(hidden)]
    #[inline]
    #[must_use]
    pub fn is_null(&self, from: usize, width: usize) -> bool {
        (from..from + width).all(|at| self.cells::<1>(at)[0].is_none())
    }

    /// Decodes the part at position `at` of a row or tuple; `None` if it says that the whole is missing.
    ///
    /// # Errors
    /// As [`FromRow::from_row`].
    #[doc(hidden)]
    pub fn part<T: FromRow>(&self, at: usize) -> Result<Option<T>, Error> {
        match T::NULLABLE {
            true => T::from_row(self, at).map(Some),
            false => T::from_row_optional(self, at),
        }
    }

    /// Decodes what begins at position `at`, unless it is missing.
    ///
    /// # Errors
    /// As [`FromRow::from_row`].
    #[doc(hidden)]
    #[inline]
    pub fn unless<T: FromRow>(&self, missing: bool, at: usize) -> Result<Option<T>, Error> {
        match missing {
            true => Ok(None),
            false => T::from_row(self, at).map(Some),
        }
    }

    /// Like [`get`](Self::get); `None` if the cell is NULL.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`] with the position.
    #[inline]
    pub fn get_optional<T: DbType>(&self, at: usize) -> Result<Option<T>, Error> {
        let [cell] = self.cells::<1>(at);
        if cell.is_none() {
            return Ok(None);
        }
        T::decode(cell)
            .map(Some)
            .map_err(|reason| Error::decode(at, None, T::TYPE, &reason))
    }
}

/// Takes the rows of a statement while they arrive.
pub trait RowSink: Send {
    /// Called with the columns of the result, also where there will be no rows. [`Executor::run`] calls it before
    /// anything is executed, so that a write whose result does not fit writes nothing; and again, still before the
    /// first row, when the statement was out of date (its table was altered) and had to be prepared anew: the last
    /// call counts. Of a sink that tells what it [expects](Self::expected) it may be called late. A [`RowSource`] calls it once, before its first row.
    ///
    /// # Errors
    /// [`ErrorKind::ColumnType`] when they are not what the program decodes. No row is handed over then.
    fn columns(&mut self, columns: &[ResultColumn]) -> Result<(), Error>;

    /// Appends the types of the columns that [`columns`](Self::columns) accepts, from the first on; `false` if that is not
    /// known. A driver asks for them to send a statement at once, without asking the server for its columns first: then
    /// `columns` is called before the first row only.
    fn expected(&self, types: &mut Vec<&'static PgType>) -> bool {
        let _ = types;
        false
    }

    /// Called for each row.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`]; the remaining rows are thrown away and the statement fails with it.
    fn row(&mut self, row: &Row<'_>) -> Result<(), Error>;
}

/// Rows that the program asks for piece by piece.
pub trait RowSource: Send {
    /// Hands at least one row to the sink, and what has arrived besides up to a bound; `false` if there are no more.
    /// [`RowSink::columns`] is called before the first row of the first piece.
    fn next<'a>(&'a mut self, sink: &'a mut dyn RowSink) -> BoxFuture<'a, Result<bool, Error>>;

    /// Wishes for so many rows in a piece, from the next one on. A source that has its rows already takes no notice.
    fn set_piece(&mut self, rows: u32) {
        let _not_heard = rows;
    }
}

/// The data of a `COPY … FROM STDIN`, piece by piece; of the binary format with header and trailer.
pub trait CopySource: Send {
    /// The next piece, some 64 KiB; `None` at the end.
    ///
    /// # Errors
    /// A value that cannot be encoded: the COPY is aborted and nothing is stored.
    fn next_chunk(&mut self) -> Result<Option<bytes::Bytes>, Error>;

    /// Like [`next_chunk`](Self::next_chunk), for data that must be waited for.
    ///
    /// # Errors
    /// As [`next_chunk`](Self::next_chunk).
    fn poll_chunk(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<bytes::Bytes>, Error>> {
        let _never_waits = context;
        Poll::Ready(self.next_chunk())
    }

    /// The place in the program that copies, if it is known. For traces and counts.
    fn place(&self) -> Option<&'static Location<'static>> {
        None
    }
}

/// What runs statements: a database (each on a connection of the pool), a connection, a transaction.
///
/// Taken as `&dyn Executor`, so `&db`, `&tx`, `&Arc<_>` and `&impl Executor` all go. Statements on one connection or
/// transaction that run at the same time (`tokio::try_join!`) are pipelined.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot run queries",
    label = "expected `&db`, `&tx` or a connection"
)]
pub trait Executor: Send + Sync {
    /// Sends a statement and hands its rows to `rows`; gives the number of rows that the command tag tells (affected
    /// by a write, returned by a SELECT).
    ///
    /// # Errors
    /// Those of connecting, of the server and of `rows`.
    fn run<'a>(&'a self, statement: &'a Statement, rows: &'a mut dyn RowSink) -> BoxFuture<'a, Result<u64, Error>>;

    /// Sends a statement whose rows the program asks for piece by piece, in bounded memory.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    fn open<'a>(&'a self, statement: Statement) -> BoxFuture<'a, Result<Box<dyn RowSource + 'a>, Error>>;

    /// Runs `COPY … FROM STDIN`; gives the number of rows stored.
    ///
    /// # Errors
    /// Those of the server and of `source`.
    fn copy_in<'a>(&'a self, copy: &'a str, source: &'a mut dyn CopySource) -> BoxFuture<'a, Result<u64, Error>>;

    /// Runs `COPY (…) TO STDOUT` of a query, with its parameters; nothing is sent before the stream is polled. What it
    /// gives are pieces of some 64 KiB, cut anywhere.
    ///
    /// # Errors
    /// Those of connecting and of the server. [`ErrorKind::InvalidQuery`] of an executor that has no COPY.
    fn copy_out<'a>(&'a self, statement: Statement, format: CopyFormat) -> ByteStream<'a> {
        let table = statement.table;
        let _unused = format;
        let error = Error::new(ErrorKind::InvalidQuery, "this executor has no `COPY … TO STDOUT`").with_table(table);
        let mut error = Some(error);
        Box::pin(PollFn(move |_: &mut Context<'_>| Poll::Ready(error.take().map(Err))))
    }

    /// Sends a text of one or more statements without parameters, as one simple query: DDL.
    ///
    /// # Errors
    /// Those of the server.
    fn batch<'a>(&'a self, sql: &'a str) -> BoxFuture<'a, Result<(), Error>>;

    /// Begins a transaction with these modes; on a transaction a savepoint, which has none.
    ///
    /// # Errors
    /// Those of connecting and of the server.
    fn begin_with<'a>(&'a self, options: TransactionOptions) -> BoxFuture<'a, Result<Transaction, Error>>;

    /// Begins a transaction; on a transaction, a savepoint.
    ///
    /// # Errors
    /// Those of connecting and of the server.
    fn begin<'a>(&'a self) -> BoxFuture<'a, Result<Transaction, Error>> {
        self.begin_with(TransactionOptions::default())
    }

    /// Runs a statement in a transaction of its own that has these settings (`SET LOCAL`): `BEGIN`, the settings, the
    /// statement and `COMMIT`, in one round trip where the driver can.
    ///
    /// # Errors
    /// As [`run`](Self::run), and those of [`Transaction::commit`].
    fn run_with_settings<'a>(
        &'a self,
        settings: &'a Settings,
        statement: &'a Statement,
        rows: &'a mut dyn RowSink,
    ) -> BoxFuture<'a, Result<u64, Error>> {
        Box::pin(async move {
            let options = TransactionOptions::default();
            let transaction = self.begin_with_settings(options, settings).await?;
            let count = transaction.run(statement, rows).await?; // Rolled back by its drop.
            transaction.commit().await.map(|()| count)
        })
    }

    /// As [`open`](Self::open), in a transaction with these settings, which the stream owns. A driver clones them before
    /// it gives the future.
    ///
    /// # Errors
    /// As [`open`](Self::open); [`ErrorKind::InvalidQuery`] where there are no settings.
    fn open_with_settings<'a>(
        &'a self,
        settings: &Settings,
        statement: Statement,
    ) -> BoxFuture<'a, Result<Box<dyn RowSource + 'a>, Error>> {
        let _ = settings;
        let table = statement.table;
        Box::pin(async move { Err(no_settings().with_table(table)) })
    }

    /// As [`begin_with`](Self::begin_with), with settings that hold in it (`SET LOCAL`).
    ///
    /// # Errors
    /// As [`begin_with`](Self::begin_with); [`ErrorKind::InvalidQuery`] where there are no settings, as on a transaction.
    fn begin_with_settings<'a>(
        &'a self,
        options: TransactionOptions,
        settings: &'a Settings,
    ) -> BoxFuture<'a, Result<Transaction, Error>> {
        let _ = (options, settings);
        Box::pin(async { Err(no_settings()) })
    }

    /// An executor of one connection, for statements that belong together: those that run at the same time are pipelined.
    /// `None` if this is one itself.
    ///
    /// # Errors
    /// Those of connecting.
    fn one_connection<'a>(&'a self) -> BoxFuture<'a, Result<Option<Box<dyn Executor + 'a>>, Error>> {
        Box::pin(async { Ok(None) })
    }

    /// Whether statements run inside of a transaction, so that one which fails undoes those before it.
    fn is_transaction(&self) -> bool {
        false
    }
}

#[cold]
fn no_settings() -> Error {
    Error::new(
        ErrorKind::InvalidQuery,
        "settings (`Scope::set`, `role`, `schema`) belong to the begin of a transaction, and this one has begun: they \
         would hold until its end; give them to the executor on which it begins (`db.scoped(…).transaction(…)`)",
    )
}

macro_rules! executor_by_reference {
    ($($type:ty),*) => { $(
        impl<E: Executor + ?Sized> Executor for $type {
            fn run<'a>(&'a self, statement: &'a Statement, rows: &'a mut dyn RowSink) -> BoxFuture<'a, Result<u64, Error>> {
                (**self).run(statement, rows)
            }
            fn open<'a>(&'a self, statement: Statement) -> BoxFuture<'a, Result<Box<dyn RowSource + 'a>, Error>> {
                (**self).open(statement)
            }
            fn copy_in<'a>(&'a self, copy: &'a str, source: &'a mut dyn CopySource) -> BoxFuture<'a, Result<u64, Error>> {
                (**self).copy_in(copy, source)
            }
            fn copy_out<'a>(&'a self, statement: Statement, format: CopyFormat) -> ByteStream<'a> {
                (**self).copy_out(statement, format)
            }
            fn batch<'a>(&'a self, sql: &'a str) -> BoxFuture<'a, Result<(), Error>> {
                (**self).batch(sql)
            }
            fn begin_with<'a>(&'a self, options: TransactionOptions) -> BoxFuture<'a, Result<Transaction, Error>> {
                (**self).begin_with(options)
            }
            fn run_with_settings<'a>(
                &'a self,
                settings: &'a Settings,
                statement: &'a Statement,
                rows: &'a mut dyn RowSink,
            ) -> BoxFuture<'a, Result<u64, Error>> {
                (**self).run_with_settings(settings, statement, rows)
            }
            fn open_with_settings<'a>(
                &'a self,
                settings: &Settings,
                statement: Statement,
            ) -> BoxFuture<'a, Result<Box<dyn RowSource + 'a>, Error>> {
                (**self).open_with_settings(settings, statement)
            }
            fn begin_with_settings<'a>(
                &'a self,
                options: TransactionOptions,
                settings: &'a Settings,
            ) -> BoxFuture<'a, Result<Transaction, Error>> {
                (**self).begin_with_settings(options, settings)
            }
            fn one_connection<'a>(&'a self) -> BoxFuture<'a, Result<Option<Box<dyn Executor + 'a>>, Error>> {
                (**self).one_connection()
            }
            fn is_transaction(&self) -> bool {
                (**self).is_transaction()
            }
        }
    )* };
}
executor_by_reference!(&E, &mut E, std::sync::Arc<E>, Box<E>);

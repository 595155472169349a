//! Rows piece by piece, in bounded memory, by a server-side cursor.
//!
//! A result that is left half read on the wire would hang every other query of its connection. A cursor leaves nothing
//! on the wire between two pieces. PostgreSQL's chapter: `DECLARE`, `FETCH`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::TryStreamExt;
use orm_core::{
    BoxFuture, Error, ErrorKind, Options, PgType, Recorder, ResultColumn, Row, RowSink, RowSource, Settings, Statement,
    Table, TransactionOptions,
};
use tokio_postgres::types::Type;

use crate::cells::RowCells;
use crate::deadline;
use crate::error;
use crate::in_flight::InFlight;
use crate::lease::Lease;
use crate::level::Level;
use crate::opening;
use crate::pgbouncer;
use crate::prepare;
use crate::run::{self, How, Size};
use crate::session_state::{is_query, locks_rows};
use crate::trace::Work;
use crate::transaction::{self, Handle};

/// How many rows a piece has at most.
const PIECE: u32 = 256;

/// Names of ours only, so that none needs quoting and none is taken.
static NEXT_NAME: AtomicU64 = AtomicU64::new(0);

/// Where a cursor lives.
pub(crate) enum Place {
    /// In a transaction made for it, on a connection of its own: committed at the end, else rolled back.
    Own(Handle),
    /// In a transaction of the user's, on this level of it.
    Transaction(Arc<Lease>, Arc<Level>),
    /// On a connection outside of a transaction: the server keeps the result (`WITH HOLD`), so that statements in
    /// between are not drawn into a transaction that the user did not begin.
    Held(Arc<Lease>),
}

impl Place {
    fn lease(&self) -> &Arc<Lease> {
        match self {
            Self::Own(handle) => handle.lease(),
            Self::Transaction(lease, _) | Self::Held(lease) => lease,
        }
    }
}

/// Opens a statement for reading piece by piece, on a connection that is the stream's own.
///
/// # Errors
/// Those of preparing and, for a statement that writes, of running it.
pub(crate) async fn open_alone(
    lease: Arc<Lease>,
    settings: &Settings,
    statement: Statement,
) -> Result<Box<dyn RowSource>, Error> {
    if is_query(statement.operation, &statement.text) {
        let handle = transaction::begin_for_stream(lease, settings).await?;
        return declare(Place::Own(handle), statement).await;
    }
    if settings.is_empty() {
        // One statement is a transaction by itself, and outside of one it can be prepared again when out of date.
        return buffer(lease, statement).await;
    }
    let handle = transaction::begin(Arc::clone(&lease), TransactionOptions::default(), settings).await?;
    let rows = buffer(lease, statement).await?;
    handle.commit().await.map(|()| rows)
}

/// Opens a statement for reading piece by piece, on a connection that others use too.
///
/// # Errors
/// As [`open_alone`].
pub(crate) async fn open(place: Place, statement: Statement) -> Result<Box<dyn RowSource>, Error> {
    statement.check_params()?;
    if !is_query(statement.operation, &statement.text) {
        return buffer(Arc::clone(place.lease()), statement).await;
    }
    if matches!(place, Place::Held(_)) && place.lease().is_pooled() {
        return Err(Error::new(
            ErrorKind::InvalidQuery,
            "behind PgBouncer in transaction mode a stream is read inside of a transaction, because its server \
             connection is others' between two of them: stream on the database or on a transaction",
        )
        .with_table(statement.table));
    }
    if matches!(place, Place::Held(_)) && locks_rows(&statement.text) {
        return Err(Error::new(
            ErrorKind::InvalidQuery,
            "locked rows are streamed inside of a transaction, whose end lets go of them: call `begin` on the \
             connection and stream on that transaction",
        )
        .with_table(statement.table));
    }
    declare(place, statement).await
}

async fn declare(place: Place, statement: Statement) -> Result<Box<dyn RowSource>, Error> {
    let lease = Arc::clone(place.lease());
    lease.check_usable()?;
    Recorder::sent(&statement);
    let mut cursor = Cursor {
        name: format!("orm_c{}", NEXT_NAME.fetch_add(1, Ordering::Relaxed)),
        place: Some(place),
        fetch: None,
        piece: PIECE,
        columns: Box::default(),
        table: statement.table,
        watched: None,
        options: statement.options.clone(),
        size: Size::default(),
        state: State::Closed,
    };
    let in_flight = InFlight::statement(&lease);
    let declaring = cursor.declare(&lease, &in_flight, &statement);
    let declared = lease.target.watch(Work::statement(&statement), declaring).await;
    in_flight.done();
    declared?; // What has been declared by then is closed when it is dropped.
    cursor.watched = lease.target.begun().map(|_| statement);
    Ok(Box::new(cursor))
}

struct Cursor {
    name: String,
    /// `None` once the transaction of its own has been committed.
    place: Option<Place>,
    /// What fetches a piece, of so many rows.
    fetch: Option<(u32, Fetch)>,
    /// How many rows a piece is to have.
    piece: u32,
    columns: Box<[ResultColumn]>,
    table: Option<&'static Table>,
    /// What is read, where somebody wants to be warned of N+1.
    watched: Option<Statement>,
    options: Option<Box<Options>>,
    /// How much was read.
    size: Size,
    state: State,
}

/// How a piece is asked for.
enum Fetch {
    Prepared(tokio_postgres::Statement),
    /// Without a name; the client knows the types of the result.
    Text(String),
}

#[derive(PartialEq)]
enum State {
    Declared,
    Reading,
    Closed,
}

impl Cursor {
    async fn declare(&mut self, lease: &Lease, in_flight: &InFlight<'_>, statement: &Statement) -> Result<(), Error> {
        opening::open(lease).await?;
        let hold = if matches!(self.place, Some(Place::Held(_))) {
            " WITH HOLD"
        } else {
            ""
        };
        let text = format!(
            "DECLARE {} NO SCROLL CURSOR{hold} FOR {}",
            self.name,
            statement.sent_text()
        );
        let stream = if lease.is_pooled() {
            let declare = Statement {
                text: text.into(),
                operation: "DECLARE",
                only_reads: false,
                options: None,
                ..statement.clone()
            };
            pgbouncer::start(lease, in_flight, &declare, &mut NoRows).await?
        } else {
            let declare = prepare::prepare_now(lease, statement, &text).await?;
            in_flight.sends_more();
            let started = run::start(lease, &declare, statement).await;
            started.map_err(|error| error::of_statement(lease, error, self.table))?
        };
        run::drain(lease, in_flight, stream, statement, &mut NoRows, true).await?;
        self.state = State::Declared;
        self.prepare_fetch(lease, in_flight).await
    }

    async fn prepare_fetch(&mut self, lease: &Lease, in_flight: &InFlight<'_>) -> Result<(), Error> {
        let fetch = Statement {
            text: format!("FETCH FORWARD {} FROM {}", self.piece, self.name).into(),
            params: Vec::new(),
            operation: "FETCH",
            table: self.table,
            place: None,
            only_reads: false,
            options: None,
        };
        if lease.is_pooled() {
            self.columns = pgbouncer::columns(lease, in_flight, &fetch).await?;
            self.fetch = Some((self.piece, Fetch::Text(fetch.text.into_owned())));
        } else {
            let fetch = prepare::prepare_now(lease, &fetch, &fetch.text).await?;
            self.fetch = Some((self.piece, Fetch::Prepared(fetch.statement)));
            self.columns = fetch.columns;
        }
        Ok(())
    }

    async fn fetch(&mut self, sink: &mut dyn RowSink) -> Result<bool, Error> {
        let Some(place) = &self.place else {
            return Ok(false);
        };
        if self.state == State::Closed {
            return Ok(false);
        }
        let lease = Arc::clone(place.lease());
        lease.check_usable()?;
        if matches!(place, Place::Transaction(_, level) if !level.is_kept()) {
            return Err(Error::new(
                ErrorKind::InvalidQuery,
                "the stream is over: the transaction or savepoint in which it was opened has ended before its last row",
            )
            .with_table(self.table));
        }
        if self.state == State::Declared {
            sink.columns(&self.columns)?;
            self.state = State::Reading;
        }
        let begun = lease.target.begun();
        let in_flight = InFlight::statement(&lease);
        let read = self.read_piece(&lease, &in_flight, sink).await;
        in_flight.done();
        let (count, most) = read?;
        if let Some(statement) = &self.watched {
            lease.target.ran(statement, begun, count);
        }
        if count < most {
            self.end().await?;
        }
        Ok(count > 0)
    }

    /// Reads one piece; gives how many rows it had, and how many it could have had.
    async fn read_piece(
        &mut self,
        lease: &Lease,
        in_flight: &InFlight<'_>,
        sink: &mut dyn RowSink,
    ) -> Result<(u64, u64), Error> {
        if self.fetch.as_ref().is_none_or(|(rows, _)| *rows != self.piece) {
            self.prepare_fetch(lease, in_flight).await?;
            in_flight.sends_more();
        }
        let Some((most, fetch)) = &self.fetch else {
            return Ok((0, 1));
        };
        let limits = (&mut self.size, self.options.as_deref());
        let count = read_piece(lease, fetch, sink, self.table, limits).await?;
        Ok((count, u64::from(*most)))
    }

    async fn end(&mut self) -> Result<(), Error> {
        if let Some(Place::Own(_)) = &self.place {
            self.state = State::Closed;
            if let Some(Place::Own(handle)) = self.place.take() {
                return handle.commit().await;
            }
        }
        self.close();
        Ok(())
    }

    /// Closes the cursor without waiting. A transaction of its own is rolled back by its own drop.
    fn close(&mut self) {
        if std::mem::replace(&mut self.state, State::Closed) == State::Closed {
            return;
        }
        let lease = match &self.place {
            // Gone with its level: to close it would be an error, which aborts what is around that level.
            Some(Place::Transaction(_, level)) if !level.is_kept() => return,
            Some(Place::Transaction(lease, _) | Place::Held(lease)) => lease,
            Some(Place::Own(_)) | None => return,
        };
        if lease.is_broken() {
            return;
        }
        if matches!(self.place, Some(Place::Held(_))) && (lease.in_transaction() || lease.has_raw_transaction()) {
            lease.session_may_change(); // A failed transaction refuses CLOSE; the reset does it then.
        }
        let _nobody_waits = lease.send(&format!("CLOSE {}", self.name));
    }
}

async fn read_piece(
    lease: &Lease,
    fetch: &Fetch,
    sink: &mut dyn RowSink,
    table: Option<&'static Table>,
    (size, options): (&mut Size, Option<&Options>),
) -> Result<u64, Error> {
    let none: [crate::param::Wire<'_>; 0] = [];
    let turn = lease.turn().await;
    let stream = match fetch {
        Fetch::Prepared(fetch) => lease.client.query_raw(fetch, none).await,
        Fetch::Text(fetch) => {
            lease
                .client
                .query_typed_raw(fetch, none.map(|none| (none, Type::UNKNOWN)))
                .await
        }
    };
    drop(turn);
    let mut stream = Box::pin(stream.map_err(|error| error::of_statement(lease, error, table))?);
    let mut count = 0;
    let mut failed = None;
    while let Some(row) = stream
        .try_next()
        .await
        .map_err(|error| error::of_statement(lease, error, table))?
    {
        count += 1;
        if failed.is_none() {
            let within = size.add(&row, options);
            failed = within.and_then(|()| sink.row(&Row::new(&RowCells(&row)))).err();
        }
    }
    match failed {
        Some(error) => Err(error.with_table(table)),
        None => Ok(count),
    }
}

impl Drop for Cursor {
    fn drop(&mut self) {
        self.close();
    }
}

impl RowSource for Cursor {
    fn next<'a>(&'a mut self, sink: &'a mut dyn RowSink) -> BoxFuture<'a, Result<bool, Error>> {
        let Some(place) = &self.place else {
            return Box::pin(async { Ok(false) });
        };
        let (target, table) = (Arc::clone(&place.lease().target), self.table);
        let in_transaction = matches!(place, Place::Transaction(..));
        let options = self.options.clone();
        if let Some(options) = &mut self.options {
            // The time was that until the first row.
            options.timeout = None;
        }
        let fetching = Box::pin(self.fetch(sink));
        deadline::bounded_piece(target, options.as_deref(), table, in_transaction, fetching)
    }

    fn set_piece(&mut self, rows: u32) {
        self.piece = rows.max(1);
    }
}

struct NoRows;

impl RowSink for NoRows {
    fn columns(&mut self, _: &[ResultColumn]) -> Result<(), Error> {
        Ok(())
    }

    fn expected(&self, _: &mut Vec<&'static PgType>) -> bool {
        true
    }

    fn row(&mut self, _: &Row<'_>) -> Result<(), Error> {
        Ok(())
    }
}

/// What no cursor can be declared for (`INSERT … RETURNING` and other writes): run at once, its rows kept.
async fn buffer(lease: Arc<Lease>, statement: Statement) -> Result<Box<dyn RowSource>, Error> {
    lease.check_usable()?;
    Recorder::sent(&statement);
    let in_flight = InFlight::statement(&lease);
    let reading = read_all(&lease, &in_flight, &statement);
    let read = lease.target.watch(Work::statement(&statement), reading).await;
    in_flight.done();
    Ok(Box::new(read?))
}

async fn read_all(lease: &Lease, in_flight: &InFlight<'_>, statement: &Statement) -> Result<Buffered, Error> {
    opening::open(lease).await?;
    let mut rows = Rows(Vec::new());
    if lease.is_pooled() {
        let stream = pgbouncer::start(lease, in_flight, statement, &mut NoRows).await?;
        run::read(lease, in_flight, stream, statement, &mut rows).await?;
        return Ok(Buffered {
            columns: rows.0.first().map(|row| prepare::result_columns(row.columns())),
            rows: rows.0.into_iter(),
        });
    }
    let how = How::of(lease, statement);
    let (prepared, stream) = run::prepare_and_start(lease, in_flight, statement, &how, &mut NoRows).await?;
    run::read(lease, in_flight, stream, statement, &mut rows).await?;
    Ok(Buffered {
        columns: Some(prepared.columns.clone()),
        rows: rows.0.into_iter(),
    })
}

/// Rows that are kept.
struct Rows(Vec<tokio_postgres::Row>);

impl run::Take for Rows {
    fn take(&mut self, row: tokio_postgres::Row) -> Result<(), Error> {
        self.0.push(row);
        Ok(())
    }
}

struct Buffered {
    /// Until they were told.
    columns: Option<Box<[ResultColumn]>>,
    rows: std::vec::IntoIter<tokio_postgres::Row>,
}

impl RowSource for Buffered {
    fn next<'a>(&'a mut self, sink: &'a mut dyn RowSink) -> BoxFuture<'a, Result<bool, Error>> {
        Box::pin(async move {
            if let Some(columns) = self.columns.take() {
                sink.columns(&columns)?;
            }
            let mut any = false;
            for row in self.rows.by_ref().take(PIECE as usize) {
                any = true;
                sink.row(&Row::new(&RowCells(&row)))?;
            }
            Ok(any)
        })
    }
}

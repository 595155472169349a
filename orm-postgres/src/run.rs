//! Runs a statement, and hands each row to the sink while it arrives.
//!
//! A text that comes for the first time is sent in one message where that is safe ([`direct`](crate::direct)); else, and
//! from the second time on, it is prepared, or taken from the cache, and its columns are checked before it is executed.

use std::pin::pin;
use std::sync::Arc;

use futures_util::TryStreamExt;
use orm_core::{Error, Options, Recorder, Row, RowSink, Statement};
use tokio_postgres::RowStream;

use crate::cells::RowCells;
use crate::direct::{self, Started};
use crate::error::{self, OutOfDate};
use crate::in_flight::InFlight;
use crate::lease::Lease;
use crate::link::Link;
use crate::lookups;
use crate::opening;
use crate::param::Wire;
use crate::pgbouncer;
use crate::prepare::{self, Prepared};
use crate::session_state::returns_nothing;
use crate::trace::Work;

/// Runs a statement on a connection; gives the number of rows that the command tag tells.
///
/// # Errors
/// Those of preparing, of the server and of the sink; after each the connection is clean.
pub(crate) async fn run(lease: &Lease, statement: &Statement, rows: &mut dyn RowSink) -> Result<u64, Error> {
    prepare::check(statement)?;
    lease.check_usable()?;
    Recorder::sent(statement);
    let saved = match statement.operation {
        "DEALLOCATE" | "DISCARD" => lookups::save(lease, &statement.text).await?,
        _ => None,
    };
    let in_flight = InFlight::statement(lease);
    let result = run_in_flight(lease, &in_flight, statement, rows).await;
    in_flight.done();
    if let Some(saved) = saved {
        saved.restore(lease).await;
    }
    result
}

/// A statement whose success commits.
pub(crate) struct Committing {
    pub(crate) statement: Result<u64, Error>,
    /// The answer to the commit; `None` where that was not sent, since the statement could not be either.
    pub(crate) commit: Option<Result<(), Error>>,
}

/// Runs the last statement of a transaction, with the commit sent behind it before its answer has come: where it is
/// prepared already, that is one round trip.
pub(crate) async fn run_committing(lease: &Lease, statement: &Statement, rows: &mut dyn RowSink) -> Committing {
    if let Err(error) = prepare::check(statement).and_then(|()| lease.check_usable()) {
        return Committing {
            statement: Err(error),
            commit: None,
        };
    }
    Recorder::sent(statement);
    let in_flight = InFlight::committing(lease);
    let running = run_in_flight(lease, &in_flight, statement, rows);
    let statement = match lease.target.is_watched() {
        true => lease.target.watch(Work::statement(statement), running).await,
        false => running.await,
    };
    let commit = in_flight.committed(&lease.target).await;
    in_flight.done();
    Committing { statement, commit }
}

async fn run_in_flight(
    lease: &Lease,
    in_flight: &InFlight<'_>,
    statement: &Statement,
    rows: &mut dyn RowSink,
) -> Result<u64, Error> {
    if lease.is_pooled() {
        opening::open(lease).await?; // It may have to look types up first, which takes a transaction.
    }
    match opening::send_along(lease, statement).await? {
        None => run_begun(lease, in_flight, statement, rows).await,
        Some(sent) => sent.then(run_begun(lease, in_flight, statement, rows)).await,
    }
}

async fn run_begun(
    lease: &Lease,
    in_flight: &InFlight<'_>,
    statement: &Statement,
    rows: &mut dyn RowSink,
) -> Result<u64, Error> {
    let begun = lease.target.begun();
    if lease.is_pooled() {
        let stream = pgbouncer::start(lease, in_flight, statement, rows).await?;
        let count = drain(lease, in_flight, stream, statement, rows, false).await?;
        lease
            .target
            .ran(statement, begun, if returns_nothing(statement) { 0 } else { count });
        return Ok(count);
    }
    let how = How::of(lease, statement);
    if !how.seen
        && let Some(count) = run_directly(lease, in_flight, statement, rows).await?
    {
        let returns = statement.only_reads;
        lease.target.ran(statement, begun, if returns { count } else { 0 });
        return Ok(count);
    }
    let (prepared, stream) = prepare_and_start(lease, in_flight, statement, &how, rows).await?;
    let returns = !prepared.columns.is_empty();
    drop(prepared);
    let count = drain(lease, in_flight, stream, statement, rows, true).await?;
    // What a write without RETURNING counts are no rows that a program could loop over.
    lease.target.ran(statement, begun, if returns { count } else { 0 });
    Ok(count)
}

/// How a statement is sent.
pub(crate) struct How {
    /// Its key in the connection's cache.
    key: u64,
    /// Whether it is to be prepared, for its text has come before.
    seen: bool,
    /// Whether it is kept when it was prepared.
    keep: bool,
}

impl How {
    pub(crate) fn of(link: &Link, statement: &Statement) -> Self {
        let key = link.statements.key(statement);
        let options = statement.options.as_deref();
        if options.is_some_and(|options| options.unprepared) {
            let (seen, keep) = (false, false);
            return Self { key, seen, keep };
        }
        if link.statements.holds(key) {
            let (seen, keep) = (true, true);
            return Self { key, seen, keep };
        }
        let seen = link.statements.known.comes(key);
        // A tag that varies makes a new text each time, which would drive the others out of the cache.
        let keep = seen || !options.is_some_and(Options::is_tagged);
        Self { key, seen, keep }
    }
}

/// Sends a statement in one message; `None` if it must be prepared.
async fn run_directly(
    link: &Link,
    in_flight: &InFlight<'_>,
    statement: &Statement,
    rows: &mut dyn RowSink,
) -> Result<Option<u64>, Error> {
    if in_flight.commits() && !returns_nothing(statement) {
        return Ok(None); // It may have to be sent again, which would come after the commit.
    }
    let Some(direct) = direct::find(link, statement, rows) else {
        return Ok(None);
    };
    match direct::start(link, in_flight, statement, &direct).await {
        Ok(Started::Rows(stream)) => drain(link, in_flight, stream, statement, rows, false).await.map(Some),
        Ok(Started::Dropped | Started::Stuck) => {
            in_flight.sends_more();
            Ok(None)
        }
        Err(error) => {
            let Some(how) = error::out_of_date(&error, direct.user_typed, true) else {
                return Err(error::of_statement(link, error, statement.table));
            };
            link.forget_user_types();
            link.was_out_of_date();
            if link.in_any_transaction() {
                return Err(error::out_of_date_in_transaction(link, error, &how, statement.table));
            }
            in_flight.sends_more();
            Ok(None)
        }
    }
}

/// Prepares a statement (or takes it from the cache), has the columns of its result checked, and executes it. If it
/// was out of date it is prepared again.
pub(crate) async fn prepare_and_start(
    link: &Link,
    in_flight: &InFlight<'_>,
    statement: &Statement,
    how: &How,
    rows: &mut dyn RowSink,
) -> Result<(Arc<Prepared>, RowStream), Error> {
    let mut healed = 0;
    loop {
        let found = prepare::prepare(link, statement, how.key, how.keep).await?;
        // Before anything is executed: a statement whose result does not fit must not write.
        if let Err(error) = rows.columns(&found.prepared.columns) {
            if found.cached && healed < HEALS {
                // The table may have been altered since, to what the program expects.
                healed += 1;
                forget(link, how.key);
                continue;
            }
            return Err(error.with_table(statement.table));
        }
        if !found.cached {
            found.prepared.remember_types(link, rows);
            in_flight.sends_more();
        }
        match in_flight.follow(start(link, &found.prepared, statement)).await {
            Ok(stream) => return Ok((found.prepared, stream)),
            Err(error) => {
                let out_of_date = error::out_of_date(&error, found.prepared.has_user_types, found.cached);
                match out_of_date {
                    Some(OutOfDate::This) => forget(link, how.key),
                    Some(OutOfDate::UserTypes) => link.forget_user_types(),
                    Some(OutOfDate::All) => link.statements.clear(),
                    None => {}
                }
                if out_of_date.is_some() {
                    link.was_out_of_date();
                }
                match out_of_date {
                    Some(how) if link.in_any_transaction() => {
                        return Err(error::out_of_date_in_transaction(link, error, &how, statement.table));
                    }
                    Some(_) if healed < HEALS => {}
                    _ => return Err(error::of_statement(link, error, statement.table)),
                }
                healed += 1;
            }
        }
    }
}

/// How often a statement is prepared again that was found out of date: while the schema is changed, it may be so once more.
pub(crate) const HEALS: usize = 3;

/// Forgets a statement that is out of date, and the types that may have gone with it.
fn forget(link: &Link, key: u64) {
    link.statements.remove(key);
    link.statements.known.forget_types();
    link.client.clear_type_cache();
}

/// Binds and executes.
pub(crate) async fn start(
    link: &Link,
    prepared: &Prepared,
    statement: &Statement,
) -> Result<RowStream, tokio_postgres::Error> {
    prepared.effects.announce(link, &statement.text);
    link.client
        .query_raw(&prepared.statement, statement.params.iter().map(Wire))
        .await
}

/// Hands all rows over. `checked` is whether the sink has seen the columns.
pub(crate) async fn drain(
    link: &Link,
    in_flight: &InFlight<'_>,
    stream: RowStream,
    statement: &Statement,
    rows: &mut dyn RowSink,
    checked: bool,
) -> Result<u64, Error> {
    read(link, in_flight, stream, statement, &mut Sink { rows, checked }).await
}

/// Takes rows as they come from the socket.
pub(crate) trait Take: Send {
    fn take(&mut self, row: tokio_postgres::Row) -> Result<(), Error>;
}

struct Sink<'a> {
    rows: &'a mut dyn RowSink,
    /// Whether it has seen the columns.
    checked: bool,
}

impl Take for Sink<'_> {
    #[inline]
    fn take(&mut self, row: tokio_postgres::Row) -> Result<(), Error> {
        if !self.checked {
            self.rows.columns(&prepare::result_columns(row.columns()))?;
            self.checked = true;
        }
        self.rows.row(&Row::new(&RowCells(&row)))
    }
}

/// Reads all rows. Once they are refused, or a limit of the statement's is exceeded, the rest is read and thrown away, so that
/// the connection is clean; where that is too much, the connection is given up instead.
pub(crate) async fn read<T: Take>(
    link: &Link,
    in_flight: &InFlight<'_>,
    stream: RowStream,
    statement: &Statement,
    rows: &mut T,
) -> Result<u64, Error> {
    let mut stream = pin!(stream);
    let mut failed: Option<Error> = None;
    let mut size = Size::default();
    let mut thrown_away = Size::default();
    while let Some(row) = stream
        .try_next()
        .await
        .map_err(|error| error::of_statement(link, error, statement.table))?
    {
        if failed.is_none() {
            let within = size.add(&row, statement.options.as_deref());
            failed = within.and_then(|()| rows.take(row)).err();
        } else if thrown_away.is_enough_with(&row) && in_flight.give_up_alone() {
            break;
        }
    }
    match failed {
        Some(error) => Err(error.with_table(statement.table)),
        None => Ok(stream.rows_affected().unwrap_or(0)),
    }
}

/// How many rows were read, and how many bytes of them.
#[derive(Default)]
pub(crate) struct Size {
    rows: u64,
    bytes: u64,
}

impl Size {
    /// Adds a row, where there are options that could limit them.
    ///
    /// # Errors
    /// [`ErrorKind::LimitExceeded`](orm_core::ErrorKind::LimitExceeded).
    #[inline]
    pub(crate) fn add(&mut self, row: &tokio_postgres::Row, options: Option<&Options>) -> Result<(), Error> {
        let Some(options) = options else { return Ok(()) };
        self.rows += 1;
        self.bytes += row.raw_size_bytes() as u64;
        options.check_size(self.rows, self.bytes)
    }

    /// Adds a row that nobody wants; whether these are more than what is read for a connection that stays clean.
    fn is_enough_with(&mut self, row: &tokio_postgres::Row) -> bool {
        self.rows += 1;
        self.bytes += row.raw_size_bytes() as u64;
        self.rows >= 4096 || self.bytes > 4 << 20
    }
}

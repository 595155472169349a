//! Runs a statement: prepare (or take from the cache), bind, and hand each row to the sink while it arrives.

use std::pin::pin;
use std::sync::Arc;

use futures_util::TryStreamExt;
use orm_core::{Error, Recorder, ResultColumn, Row, RowSink, Statement};
use tokio_postgres::RowStream;

use crate::cells::RowCells;
use crate::error::{self, OutOfDate};
use crate::in_flight::InFlight;
use crate::lease::Lease;
use crate::link::Link;
use crate::param::Wire;
use crate::prepare::{self, Prepared};

/// Runs a statement on a connection; gives the number of rows that the command tag tells.
///
/// # Errors
/// Those of preparing, of the server and of the sink; after each the connection is clean.
pub(crate) async fn run(lease: &Lease, statement: &Statement, rows: &mut dyn RowSink) -> Result<u64, Error> {
    statement.check_params()?;
    lease.check_usable()?;
    Recorder::sent(statement);
    let in_flight = InFlight::statement(lease);
    let result = run_in_flight(lease, &in_flight, statement, rows).await;
    in_flight.done();
    result
}

async fn run_in_flight(
    lease: &Lease,
    in_flight: &InFlight<'_>,
    statement: &Statement,
    rows: &mut dyn RowSink,
) -> Result<u64, Error> {
    let begun = lease.target.begun();
    let (prepared, stream) = prepare_and_start(lease, in_flight, statement, |columns| rows.columns(columns)).await?;
    let returns = !prepared.columns.is_empty();
    drop(prepared);
    let count = drain(lease, in_flight, stream, statement, rows).await?;
    // What a write without RETURNING counts are no rows that a program could loop over.
    lease.target.ran(statement, begun, if returns { count } else { 0 });
    Ok(count)
}

/// Prepares a statement (or takes it from the cache), has the columns of its result checked, and executes it. If it
/// was out of date it is prepared again, once.
pub(crate) async fn prepare_and_start(
    link: &Link,
    in_flight: &InFlight<'_>,
    statement: &Statement,
    mut check: impl FnMut(&[ResultColumn]) -> Result<(), Error>,
) -> Result<(Arc<Prepared>, RowStream), Error> {
    let mut healed = false;
    loop {
        let found = prepare::prepare(link, statement).await?;
        // Before anything is executed: a statement whose result does not fit must not write.
        if let Err(error) = check(&found.prepared.columns) {
            if found.cached && !healed {
                // The table may have been altered since, to what the program expects.
                healed = true;
                forget(link, found.key);
                continue;
            }
            return Err(error.with_table(statement.table));
        }
        if !found.cached {
            in_flight.sends_more();
        }
        match start(link, &found.prepared, statement).await {
            Ok(stream) => return Ok((found.prepared, stream)),
            Err(error) => {
                let user_typed = found.cached && found.prepared.has_user_types;
                let how = error::out_of_date(&error, user_typed);
                match how {
                    Some(OutOfDate::This) => forget(link, found.key),
                    Some(OutOfDate::UserTypes) => link.forget_user_types(),
                    Some(OutOfDate::All) => link.statements.clear(),
                    None => {}
                }
                if how.is_none() || healed || link.in_transaction() || link.has_raw_transaction() {
                    return Err(error::of_statement(link, error, statement.table));
                }
                healed = true;
            }
        }
    }
}

/// Forgets a statement that is out of date, and the types that may have gone with it.
fn forget(link: &Link, key: u64) {
    link.statements.remove(key);
    link.client.clear_type_cache();
}

/// Binds and executes.
pub(crate) async fn start(
    link: &Link,
    prepared: &Prepared,
    statement: &Statement,
) -> Result<RowStream, tokio_postgres::Error> {
    if prepared.changes_session {
        link.session_may_change_by(&statement.text);
    }
    if prepared.changes_types {
        link.types_may_change();
    }
    if prepared.begins_transaction {
        link.may_be_in_raw_transaction();
    }
    link.client
        .query_raw(&prepared.statement, statement.params.iter().map(Wire))
        .await
}

/// How many rows are read and thrown away for a connection that stays clean.
const THROWN_AWAY: u32 = 4096;

/// Hands all rows over. Once the sink has failed the rest is read and thrown away, so that the connection is clean;
/// where that is too much, the connection is given up instead.
pub(crate) async fn drain(
    link: &Link,
    in_flight: &InFlight<'_>,
    stream: RowStream,
    statement: &Statement,
    rows: &mut dyn RowSink,
) -> Result<u64, Error> {
    let mut stream = pin!(stream);
    let mut failed: Option<Error> = None;
    let mut thrown_away = 0;
    while let Some(row) = stream
        .try_next()
        .await
        .map_err(|error| error::of_statement(link, error, statement.table))?
    {
        if failed.is_none() {
            failed = rows.row(&Row::new(&RowCells(&row))).err();
            continue;
        }
        thrown_away += 1;
        if thrown_away == THROWN_AWAY && in_flight.give_up_alone() {
            break;
        }
    }
    match failed {
        Some(error) => Err(error.with_table(statement.table)),
        None => Ok(stream.rows_affected().unwrap_or(0)),
    }
}

//! How a transaction begins: nothing is sent before its first statement.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

use orm_core::{Error, ErrorKind, RowSink, Settings, Statement, TransactionOptions};

use super::{Handle, NO_TRANSACTION, State};
use crate::error;
use crate::in_flight::InFlight;
use crate::inside::Stay;
use crate::lease::Lease;
use crate::level::Level;
use crate::opening::{self, Begin};

/// Begins a transaction: nothing is sent before its first statement.
///
/// # Errors
/// When the connection is in one already.
pub(crate) async fn begin(
    lease: Arc<Lease>,
    options: TransactionOptions,
    settings: &Settings,
) -> Result<Handle, Error> {
    begin_by(lease, Begin::new(options, settings)).await
}

/// Begins a transaction in which a stream is read at the reader's pace: one that waits for its reader is not idle.
///
/// # Errors
/// As [`begin`].
pub(crate) async fn begin_for_stream(lease: Arc<Lease>, settings: &Settings) -> Result<Handle, Error> {
    begin_by(lease, Begin::for_stream(settings)).await
}

async fn begin_by(lease: Arc<Lease>, begin: Begin) -> Result<Handle, Error> {
    begin.settings().check()?;
    lease.check_usable()?;
    refuse_in_raw_transaction(&lease).await?;
    let level = Level::new(None);
    let epoch = lease.enter_transaction(&level, begin)?;
    let handle = Handle(Arc::new(State {
        stay: Stay::new(&lease.target.inside),
        writing: OnceLock::new(),
        lease,
        epoch,
        savepoint: None,
        finished: AtomicBool::new(false),
        level,
        _turn: None,
    }));
    if handle.lease().given_out.is() {
        // What goes through its client does not send it.
        opening::open(handle.lease()).await?;
    }
    Ok(handle)
}

/// Runs a statement in a transaction of its own, all of it in one round trip where the statement is prepared.
///
/// # Errors
/// Those of the statement and of the commit.
pub(crate) async fn run_alone(
    lease: &Arc<Lease>,
    settings: &Settings,
    statement: &Statement,
    rows: &mut dyn RowSink,
) -> Result<u64, Error> {
    let _ = lease.take_out_of_date();
    let mut healed = false;
    loop {
        let handle = begin(Arc::clone(lease), TransactionOptions::default(), settings).await?;
        let result = handle.run_and_commit(statement, rows).await;
        // It is rolled back, so it can be run again with what was prepared anew.
        if result.is_err() && !healed && lease.take_out_of_date() && lease.check_usable().is_ok() {
            healed = true;
            continue;
        }
        return result;
    }
}

/// A text of the user's may have begun a transaction here, and our COMMIT would save it. The server knows: outside of
/// one there are no savepoints.
async fn refuse_in_raw_transaction(lease: &Lease) -> Result<(), Error> {
    if !lease.has_raw_transaction() || lease.in_transaction() {
        return Ok(());
    }
    let in_flight = InFlight::control(lease);
    let asked = lease
        .client
        .batch_execute("SAVEPOINT orm_probe; RELEASE SAVEPOINT orm_probe")
        .await;
    in_flight.done();
    let asked = asked.map_err(|error| error::of_statement(lease, error, None));
    match asked {
        Err(error) if error.sqlstate() == Some(NO_TRANSACTION) => {
            lease.is_in_no_raw_transaction();
            Ok(())
        }
        Err(error) if error.kind() != ErrorKind::TransactionAborted => Err(error),
        _ => Err(Error::new(
            ErrorKind::InvalidQuery,
            "this connection is in a transaction that SQL text of the program's own began (`BEGIN`): end it the same \
             way first, or begin all transactions by `begin`",
        )),
    }
}

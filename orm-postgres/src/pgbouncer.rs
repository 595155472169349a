//! Behind PgBouncer in transaction mode, where each transaction may run on another server connection.
//!
//! A prepared statement stays on the server connection that made it, so there must be none at a transaction's end.
//! Statements are sent in one message without a name ([`direct`](crate::direct)). The client must know the types of their results
//! before: where it does not, the statement is prepared once in a transaction, in which the client looks the types up,
//! and after which nothing is left (*learning*). What changes a session is refused, because the session is not the program's own.

use std::sync::{Arc, Mutex, PoisonError};

use orm_core::{Error, ErrorKind, ResultColumn, Row, RowSink, Statement};
use tokio::sync::{RwLock, RwLockReadGuard};
use tokio_postgres::RowStream;

use crate::direct::{self, Direct, Started};
use crate::error;
use crate::in_flight::InFlight;
use crate::link::{Broken, Link};
use crate::lookups::{self, Lookup, PREPARED};
use crate::prepare;
use crate::run::HEALS;
use crate::session_state::keeps_in_session;

/// What is special about a connection to PgBouncer.
#[derive(Default)]
pub(crate) struct Pooled {
    /// Shared by what is sent, and alone in it who learns types: nothing may be sent in between, as it would become a part of
    /// that transaction.
    turn: RwLock<()>,
    /// What the client needs on whatever server connection it looks types up.
    lookups: Mutex<Vec<Lookup>>,
}

impl Link {
    /// Held while something is sent; `None` where the server connection is the program's own.
    pub(crate) async fn turn(&self) -> Option<RwLockReadGuard<'_, ()>> {
        match &self.statements.pooled {
            Some(pooled) => Some(pooled.turn.read().await),
            None => None,
        }
    }

    pub(crate) fn is_pooled(&self) -> bool {
        self.statements.pooled.is_some()
    }

    pub(crate) fn in_any_transaction(&self) -> bool {
        self.in_transaction() || self.has_raw_transaction()
    }

    /// Refuses a text that would leave something in a session which is not the program's.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidQuery`], with the reason.
    pub(crate) fn check_pooled(&self, text: &str) -> Result<(), Error> {
        if !self.is_pooled() {
            return Ok(());
        }
        match keeps_in_session(text) {
            None => Ok(()),
            Some(what) => Err(Error::new(
                ErrorKind::InvalidQuery,
                format!(
                    "{what} belongs to a session, but PgBouncer in transaction mode gives each transaction any of its \
                     server connections, where it would be lost, or met by others; connect to the server itself for it"
                ),
            )),
        }
    }
}

/// Sends a statement; gives its rows. Where its types had to be learnt, `rows` has seen its columns.
///
/// # Errors
/// Those of the server and of the sink.
pub(crate) async fn start(
    link: &Link,
    in_flight: &InFlight<'_>,
    statement: &Statement,
    rows: &mut dyn RowSink,
) -> Result<RowStream, Error> {
    if statement.table.is_none() && !statement.only_reads {
        link.check_pooled(&statement.text)?;
    }
    let key = link.statements.key(statement);
    let mut healed = 0;
    loop {
        let direct = match known(link, statement, rows, key) {
            Some(direct) => direct,
            None => learn(link, in_flight, statement, rows, key).await?,
        };
        let turn = link.turn().await;
        in_flight.sends_more();
        match direct::start(link, in_flight, statement, &direct).await {
            Ok(Started::Rows(stream)) => return Ok(stream),
            // The types in its result are others than they were.
            Ok(Started::Dropped) if healed < HEALS => {
                drop(turn);
                in_flight.sends_more();
                let _known_now = learn(link, in_flight, statement, rows, key).await?;
            }
            Ok(Started::Dropped | Started::Stuck) => return Err(stuck(link, statement)),
            Err(error) => {
                let out_of_date = error::out_of_date(&error, direct.user_typed, true);
                if out_of_date.is_some() {
                    link.forget_user_types();
                }
                match out_of_date {
                    Some(how) if link.in_any_transaction() => {
                        return Err(error::out_of_date_in_transaction(link, error, &how, statement.table));
                    }
                    Some(_) if healed < HEALS => {}
                    _ => return Err(error::of_statement(link, error, statement.table)),
                }
            }
        }
        healed += 1;
    }
}

fn known(link: &Link, statement: &Statement, rows: &dyn RowSink, key: u64) -> Option<Direct> {
    let learned = || {
        // One who says nothing of what he expects may refuse the columns: a write is shown to him before each run.
        if !statement.only_reads && !rows.expected(&mut Vec::new()) {
            return None;
        }
        let types = link.statements.known.params(key)?;
        let user_typed = statement.params.iter().any(|param| param.ty.oid == 0);
        Some(Direct { types, user_typed })
    };
    direct::find(link, statement, rows).or_else(learned)
}

#[cold]
fn stuck(link: &Link, statement: &Statement) -> Error {
    link.abandon();
    let message = "the statement has run, but its result has a type that was made or altered since it was learnt, and \
                   cannot be read; the next run of it can be";
    Error::new(ErrorKind::ColumnType, message).with_table(statement.table)
}

/// Learns the types of a result; gives its columns.
///
/// # Errors
/// As [`start`].
pub(crate) async fn columns(
    link: &Link,
    in_flight: &InFlight<'_>,
    statement: &Statement,
) -> Result<Box<[ResultColumn]>, Error> {
    let mut columns = Keeps(Box::default());
    let key = link.statements.key(statement);
    let _learnt = learn(link, in_flight, statement, &mut columns, key).await?;
    Ok(columns.0)
}

/// Keeps the columns of a result.
struct Keeps(Box<[ResultColumn]>);

impl RowSink for Keeps {
    fn columns(&mut self, columns: &[ResultColumn]) -> Result<(), Error> {
        self.0 = columns.into();
        Ok(())
    }

    fn row(&mut self, _: &Row<'_>) -> Result<(), Error> {
        Ok(())
    }
}

/// Prepares a statement in a transaction, so that the client looks up all types in it, and has the columns of its result
/// checked; gives how it can be sent.
///
/// # Errors
/// Those of preparing, and of the sink.
async fn learn(
    link: &Link,
    in_flight: &InFlight<'_>,
    statement: &Statement,
    rows: &mut dyn RowSink,
    key: u64,
) -> Result<Direct, Error> {
    let Some(pooled) = &link.statements.pooled else {
        return Err(Error::new(ErrorKind::InvalidQuery, "there is no PgBouncer in between"));
    };
    let _alone = pooled.turn.write().await;
    let own = !link.in_any_transaction();
    let unfinished = Unfinished(link);
    begin(link, pooled, own).await?;
    in_flight.sends_more();
    let learnt = prepare::prepare_now(link, statement, &statement.sent_text()).await;
    let learnt = learnt.and_then(|prepared| {
        rows.columns(&prepared.columns)?;
        prepared.remember_types(link, rows);
        let types: Arc<[_]> = prepared.statement.params().into();
        link.statements.known.learn(key, Arc::clone(&types));
        Ok(Direct {
            types,
            user_typed: prepared.has_user_types,
        })
    });
    in_flight.sends_more();
    end(link, pooled, own, learnt.is_ok()).await?;
    unfinished.done();
    learnt.map_err(|error| error.with_table(statement.table))
}

/// Begins a transaction for statements with names, if there is none. Such statements that others have left on this server
/// connection are removed, and those that the client believes to be there are made.
async fn begin(link: &Link, pooled: &Pooled, own: bool) -> Result<(), Error> {
    let mut text = if own { "BEGIN; DEALLOCATE ALL" } else { "DEALLOCATE ALL" }.to_owned();
    for lookup in pooled.lookups.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        text.push_str("; ");
        lookup.push_to(&mut text);
    }
    let begun = link.client.batch_execute(&text).await;
    begun.map_err(|error| error::of_statement(link, error, None))
}

/// Ends it, so that no statement with a name is left on this server connection.
async fn end(link: &Link, pooled: &Pooled, own: bool, learnt: bool) -> Result<(), Error> {
    let text = match (own, learnt) {
        (true, true) => format!("{PREPARED}; DEALLOCATE ALL; COMMIT"),
        (true, false) => "ROLLBACK; DEALLOCATE ALL".to_owned(),
        (false, true) => format!("{PREPARED}; DEALLOCATE ALL"),
        // The server refuses all but the transaction's end.
        (false, false) => return Ok(()),
    };
    let answer = link.client.simple_query(&text).await;
    let answer = answer.map_err(|error| error::of_statement(link, error, None))?;
    let mut lookups = pooled.lookups.lock().unwrap_or_else(PoisonError::into_inner);
    for lookup in lookups::among(answer) {
        if !lookups.contains(&lookup) {
            lookups.push(lookup);
        }
    }
    Ok(())
}

/// Of a connection that is in the middle of learning. Dropped, it is in a transaction that nobody ends.
struct Unfinished<'a>(&'a Link);

impl Unfinished<'_> {
    fn done(self) {
        std::mem::forget(self);
    }
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        self.0.break_up(Broken::Abandoned);
    }
}

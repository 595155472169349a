//! Behind PgBouncer in transaction mode, where each transaction may run on another server connection.
//!
//! A prepared statement stays on the server connection that made it, so there must be none at a transaction's end.
//! Statements are sent in one message without a name ([`direct`](crate::direct)). The client must know the types of their results
//! before: where it does not, the statement is prepared once in a transaction, in which the client looks the types up,
//! and after which nothing is left (*learning*). What changes a session is refused, because the session is not the program's own.

use std::sync::{Arc, Mutex, PoisonError};

use orm_core::{Error, ErrorKind, RowSink, Statement};
use tokio::sync::{RwLock, RwLockReadGuard};
use tokio_postgres::SimpleQueryMessage;

use crate::direct::{self, Direct, Started};
use crate::error;
use crate::in_flight::InFlight;
use crate::link::{Broken, Link};
use crate::prepare;
use crate::run;
use crate::session_state::keeps_in_session;

/// What is special about a connection to PgBouncer.
#[derive(Default)]
pub(crate) struct Pooled {
    /// Shared by what is sent, and alone in it who learns types: nothing may be sent in between, as it would become a part of
    /// that transaction.
    turn: RwLock<()>,
    /// The client's own statements that look types up: their names and texts. It keeps them for good, so they are made again
    /// on whatever server connection it needs them on.
    lookups: Mutex<Vec<(String, String)>>,
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

    fn in_any_transaction(&self) -> bool {
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

/// Runs a statement; gives the number of rows that the command tag tells.
///
/// # Errors
/// Those of the server and of the sink.
pub(crate) async fn run(
    link: &Link,
    in_flight: &InFlight<'_>,
    statement: &Statement,
    rows: &mut dyn RowSink,
) -> Result<u64, Error> {
    if statement.table.is_none() && !statement.only_reads {
        link.check_pooled(&statement.text)?;
    }
    let key = link.statements.key(statement);
    let mut healed = false;
    loop {
        let direct = match known(link, statement, rows, key) {
            Some(direct) => direct,
            None => learn(link, in_flight, statement, rows, key).await?,
        };
        let turn = link.turn().await;
        in_flight.sends_more();
        match direct::start(link, in_flight, statement, &direct).await {
            Ok(Started::Rows(stream)) => {
                return run::drain(link, in_flight, stream, statement, rows, false).await;
            }
            // The types in its result are others than they were.
            Ok(Started::Dropped) if !healed => {
                drop(turn);
                in_flight.sends_more();
                let _known_now = learn(link, in_flight, statement, rows, key).await?;
            }
            Ok(Started::Dropped | Started::Stuck) => return Err(stuck(link, statement)),
            Err(error) => {
                let out_of_date = error::out_of_date(&error, direct.user_typed).is_some();
                if out_of_date {
                    link.forget_user_types();
                }
                if !out_of_date || healed || link.in_any_transaction() {
                    return Err(error::of_statement(link, error, statement.table));
                }
            }
        }
        healed = true;
    }
}

fn known(link: &Link, statement: &Statement, rows: &dyn RowSink, key: u64) -> Option<Direct> {
    let learned = || {
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

/// Prepares a statement in a transaction, so that the client looks up all types in it, and has the columns of its result
/// checked; gives how it can be sent.
///
/// # Errors
/// Those of preparing, and of the sink.
pub(crate) async fn learn(
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
        let mut expected = Vec::new();
        if rows.expected(&mut expected) {
            prepared.remember_types(link, &expected);
        }
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
    for (name, lookup) in pooled.lookups.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        text.push_str(&format!("; PREPARE {name} (oid) AS {lookup}"));
    }
    let begun = link.client.batch_execute(&text).await;
    begun.map_err(|error| error::of_statement(link, error, None))
}

/// Ends it, so that no statement with a name is left on this server connection.
async fn end(link: &Link, pooled: &Pooled, own: bool, learnt: bool) -> Result<(), Error> {
    const LOOKUPS: &str = "SELECT name, statement FROM pg_catalog.pg_prepared_statements";
    let text = match (own, learnt) {
        (true, true) => format!("{LOOKUPS}; DEALLOCATE ALL; COMMIT"),
        (true, false) => "ROLLBACK; DEALLOCATE ALL".to_owned(),
        (false, true) => format!("{LOOKUPS}; DEALLOCATE ALL"),
        // The server refuses all but the transaction's end.
        (false, false) => return Ok(()),
    };
    let answer = link.client.simple_query(&text).await;
    let answer = answer.map_err(|error| error::of_statement(link, error, None))?;
    let mut lookups = pooled.lookups.lock().unwrap_or_else(PoisonError::into_inner);
    for message in answer {
        let SimpleQueryMessage::Row(row) = message else {
            continue;
        };
        let (Some(name), Some(text)) = (row.get(0), row.get(1)) else {
            continue;
        };
        if is_lookup(name, text) && !lookups.iter().any(|(known, _)| known == name) {
            // Made again by PREPARE, it has that before its text.
            lookups.push((name.to_owned(), text.trim().to_owned()));
        }
    }
    Ok(())
}

/// Whether the client has made a statement to look types up.
fn is_lookup(name: &str, text: &str) -> bool {
    const CATALOGS: [&str; 3] = ["pg_catalog.pg_type t", "pg_catalog.pg_enum", "pg_catalog.pg_attribute"];
    let number = name.strip_prefix('s');
    number.is_some_and(|number| number.bytes().all(|digit| digit.is_ascii_digit()))
        && text.starts_with("SELECT ")
        && CATALOGS
            .iter()
            .any(|catalog| text.contains(&format!("FROM {catalog}\n")))
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

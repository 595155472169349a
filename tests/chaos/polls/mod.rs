//! Every async operation, dropped at each of its polls: the next borrower gets a clean connection, and nothing was done
//! by halves.

mod reads;
mod transactions;
mod writes;

use std::time::Duration;

use orm::BoxFuture;
use orm::prelude::*;

use crate::support::bank::{self, is_conserved};
use crate::support::{Arena, dropped_after, rounds};

/// An operation by its name.
type Operation = (&'static str, fn(Database) -> BoxFuture<'static, Result<(), Error>>);

macro_rules! operations {
    ($($name:literal => |$db:ident| $body:block)*) => {
        &[$(($name, |$db: orm::Database| Box::pin(async move { $body; Ok(()) }))),*]
    };
}
use operations;

/// What a connection must not have from the last borrower: a lock, a cursor, a temporary table, a role, a setting.
async fn next_borrower_finds_nothing(db: &Database) {
    let found = sql!(
        "SELECT concat_ws(', ',
            (SELECT 'a lock' FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory' LIMIT 1),
            (SELECT 'a cursor' FROM pg_cursors WHERE name <> '' LIMIT 1),
            (SELECT 'a temporary table' FROM pg_class WHERE relnamespace = pg_my_temp_schema() LIMIT 1),
            CASE WHEN current_user <> session_user THEN 'a role' END,
            CASE WHEN current_setting('search_path') NOT LIKE '%public%' THEN 'a search_path' END)"
    );
    let found: String = found.one(db).await.unwrap();
    assert_eq!(found, "", "left by the last borrower");
}

/// Drops an operation after 0, 1, 2 … polls until it gets through.
async fn at_every_poll(arena: &Arena, db: &Database, operation: &Operation, late: bool) -> usize {
    for polls in 0.. {
        let mut future = operation.1(db.clone());
        let done = dropped_after(polls, async {
            let result = future.as_mut().await;
            result.unwrap_or_else(|error| panic!("{}: {error}", operation.0));
        });
        let done = done.await.is_some();
        if late {
            // What it waits for comes, and it does not look any more.
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        drop(future);
        next_borrower_finds_nothing(db).await;
        arena.is_at_rest().await;
        is_conserved(arena).await;
        if done {
            return polls;
        }
    }
    unreachable!()
}

async fn drop_all_at_every_poll(operations: &[Operation]) {
    let arena = Arena::new().await;
    let db = arena.builder().max_size(1).connect().await.unwrap();
    bank::open(&arena, &db).await;
    let mut polls = 0;
    for _ in 0..rounds(1) {
        for operation in operations {
            for late in [false, true] {
                polls += at_every_poll(&arena, &db, operation, late).await;
            }
        }
    }
    // Not each of them need wait, but most do, more than once.
    assert!(polls > 4 * operations.len(), "{polls} polls");
    arena.ends_clean([db]).await;
}

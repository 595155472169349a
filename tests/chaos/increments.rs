//! Retries: what conflicts is done again until it is exact, and nothing else is.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use orm::prelude::*;

use crate::support::bank::{self, Account};
use crate::support::{Arena, rounds};

const RETRIES: u32 = 60;

/// Reads and writes, as only serializable transactions may.
async fn increment(tx: &dyn Executor) -> Result<(), Error> {
    let account = Account::find(1).one(tx).await?;
    tokio::task::yield_now().await;
    let one = Account::query().filter(|a| a.id.eq(1));
    one.update(|a| a.balance.set(account.balance + 1)).execute(tx).await?;
    Ok(())
}

async fn increments(db: Database, times: usize) -> u32 {
    let mut most = 0;
    for _ in 0..times {
        let runs = Arc::new(AtomicU32::new(0));
        let builder = db.transaction_with().isolation(Isolation::Serializable).retry(RETRIES);
        let run = builder.run(|tx| {
            let runs = Arc::clone(&runs);
            async move {
                runs.fetch_add(1, Ordering::SeqCst);
                increment(&tx).await
            }
        });
        run.await.unwrap();
        most = most.max(runs.load(Ordering::SeqCst));
    }
    most
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn serializable_increments_of_eight_tasks_are_exact() {
    let arena = Arena::new().await;
    let db = arena.builder().max_size(8).connect().await.unwrap();
    bank::open(&arena, &db).await;
    let times = rounds(25);
    let tasks: Vec<_> = (0..8).map(|_| tokio::spawn(increments(db.clone(), times))).collect();
    let mut most = 0;
    for task in tasks {
        most = most.max(task.await.unwrap());
    }
    let balance = arena.number("SELECT balance FROM accounts WHERE id = 1").await;
    assert_eq!(balance, 100 + i64::try_from(8 * times).unwrap());
    assert!((2..=RETRIES + 1).contains(&most), "{most} runs of one transaction");
    arena.ends_clean([db]).await;
}

/// How often a closure runs whose statement fails, with three retries.
async fn runs_of(db: &Database, statement: &'static str) -> (u32, Error) {
    let runs = AtomicU32::new(0);
    let builder = db.transaction_with().isolation(Isolation::Serializable).retry(3);
    let run = builder.run(|tx| {
        runs.fetch_add(1, Ordering::SeqCst);
        async move { tx.batch(statement).await }
    });
    let error = run.await.unwrap_err();
    (runs.into_inner(), error)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_conflicts_are_run_again_and_so_often_as_was_said() {
    let arena = Arena::new().await;
    let db = arena.builder().max_size(2).connect().await.unwrap();
    bank::open(&arena, &db).await;
    for (runs, kind, statement) in [
        (
            4,
            ErrorKind::SerializationFailure,
            "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40001'; END $$",
        ),
        (
            4,
            ErrorKind::Deadlock,
            "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40P01'; END $$",
        ),
        (1, ErrorKind::InvalidValue, "SELECT 1 / 0"),
        (
            1,
            ErrorKind::UniqueViolation,
            "INSERT INTO accounts (id, balance, version) VALUES (1, 0, 1)",
        ),
        (
            1,
            ErrorKind::LockNotAvailable,
            "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '55P03'; END $$",
        ),
        (
            1,
            ErrorKind::QueryCanceled,
            "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '57014'; END $$",
        ),
        (
            1,
            ErrorKind::ConnectionLost,
            "SELECT pg_terminate_backend(pg_backend_pid())",
        ),
    ] {
        let (counted, error) = runs_of(&db, statement).await;
        assert_eq!((counted, error.kind()), (runs, kind), "{statement}: {error}");
    }
    arena.ends_clean([db]).await;
}

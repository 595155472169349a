//! Reads that share connections: they do not wait for each other's, and nobody is harmed by another one.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Waker};
use std::time::Duration;

use futures_util::future::{join_all, select_all};
use orm_core::{Error, ErrorKind, Executor, Row, RowSink, Statement};
use orm_postgres::Database;

use crate::support::*;

/// As the query builders make one.
fn read(text: impl Into<String>) -> Statement {
    Statement {
        only_reads: true,
        ..sql(text)
    }
}

/// Reads a number that is this one.
async fn reads(db: &Database, number: i64) -> Result<(), Error> {
    let found: Vec<i64> = all(db, &with(read("SELECT $1"), number)).await?;
    assert_eq!(found, [number]);
    Ok(())
}

/// Polls a future once, after which it is not ready.
fn waits<F: Future + Unpin>(future: &mut F) {
    let mut context = Context::from_waker(Waker::noop());
    assert!(Pin::new(future).poll(&mut context).is_pending());
}

/// How many of so many are waiting for a connection after each was polled once. Then they are waited for.
async fn waiting(db: &Database, statement: &Statement, count: usize) -> usize {
    let mut running: Vec<_> = (0..count).map(|_| Box::pin(all::<i64>(db, statement))).collect();
    running.iter_mut().for_each(waits);
    let waiting = db.status().waiting;
    for done in join_all(running).await {
        done.unwrap();
    }
    waiting
}

#[tokio::test]
async fn reads_run_beside_each_other_where_others_wait() {
    let db = builder().max_size(1).connect().await.unwrap();
    let alone = builder().max_size(1).share_reads(false).connect().await.unwrap();
    let read = read("SELECT 1::int8");
    reads(&db, 1).await.unwrap();
    // A machine that is busy for some milliseconds in between has them wait: then once more.
    let mut shared = false;
    for _ in 0..200 {
        shared |= waiting(&db, &read, 20).await == 0;
    }
    assert!(shared, "twenty reads never shared one connection");
    assert_eq!(waiting(&alone, &read, 20).await, 19);
    let text_of_the_programs = sql("SELECT 1::int8");
    assert_eq!(waiting(&db, &text_of_the_programs, 20).await, 19);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_of_many_reads_gets_its_own_rows_whatever_becomes_of_the_others() {
    let watched = Watched::new(2).await;
    let tasks = (0..64i64).map(|task| {
        let db = watched.db.clone();
        tokio::spawn(async move {
            for round in 0..50 {
                let number = task * 1_000 + round;
                match round % 5 {
                    // Dropped at some point.
                    0 => drop(dropped_after(usize::try_from(task % 4).unwrap(), reads(&db, number)).await),
                    1 => {
                        let limit = Duration::from_micros(u64::try_from(number % 400).unwrap());
                        let _ = tokio::time::timeout(limit, reads(&db, number)).await;
                    }
                    2 => {
                        let failing = with(read("SELECT 1 / ($1 - $1)"), number);
                        let error = all::<i64>(&db, &failing).await.unwrap_err();
                        assert_eq!(error.sqlstate(), Some("22012"), "{error}");
                    }
                    _ => reads(&db, number).await.unwrap(),
                }
            }
        })
    });
    for task in join_all(tasks).await {
        task.unwrap();
    }
    watched.is_at_rest().await;
    watched.is_whole().await;
}

#[tokio::test]
async fn a_read_behind_one_that_does_not_move_takes_a_connection_of_its_own() {
    let watched = Watched::new(2).await;
    let (db, admin) = (&watched.db, &watched.admin);
    let table = unique("locked");
    admin.batch(&format!("CREATE TABLE {table} (id int8)")).await.unwrap();
    let tx = admin.begin().await.unwrap();
    tx.batch(&format!("LOCK TABLE {table}")).await.unwrap();
    let held = db.connection().await.unwrap();
    let blocked = read(format!("SELECT id FROM {table}"));
    let behind: Vec<_> = (0..8i64).map(|n| with(read("SELECT $1"), n)).collect();
    let reads = std::iter::once(&blocked).chain(&behind);
    let mut running: Vec<_> = reads.map(|read| Box::pin(all::<i64>(db, read))).collect();
    running.iter_mut().for_each(waits);
    drop(held);
    // All but the first are done while that one waits for its lock.
    for _ in &behind {
        let (found, _, rest) = select_all(running).await;
        assert_eq!(found.unwrap().len(), 1);
        running = rest;
    }
    tx.rollback().await.unwrap();
    assert!(running.pop().unwrap().await.unwrap().is_empty());
    watched.is_whole().await;
    admin.batch(&format!("DROP TABLE {table}")).await.unwrap();
}

/// A reader whose future is not polled any more after its first rows leaves its result on the wire.
#[tokio::test]
async fn a_reader_that_stops_to_read_holds_up_nobody() {
    let watched = Watched::new(2).await;
    let db = &watched.db;
    let held = db.connection().await.unwrap();
    let large = read("SELECT n::int8 FROM generate_series(1, 2000000) n");
    let mut stopped = Box::pin(all::<i64>(db, &large));
    for _ in 0..3 {
        let _ = tokio::time::timeout(Duration::from_millis(1), stopped.as_mut()).await;
    }
    let others: Vec<_> = (0..20).map(|n| Box::pin(reads(db, n))).collect();
    let mut others = Box::pin(join_all(others));
    waits(&mut others);
    drop(held);
    for done in others.await {
        done.unwrap();
    }
    assert_eq!(stopped.await.unwrap().len(), 2_000_000);
    watched.is_whole().await;
}

/// Here the lock that the others wait for is the task's own, which no server could find out.
#[tokio::test]
async fn a_task_that_is_inside_of_a_transaction_shares_with_nobody() {
    let watched = Watched::new(2).await;
    let db = &watched.db;
    watched.is_whole().await;
    for _ in 0..20 {
        let tx = db.begin().await.unwrap();
        tx.batch("SELECT 1").await.unwrap();
        assert_eq!(waiting_inside(db).await, 9);
        tx.commit().await.unwrap();
    }
    // Who only ran something on it is in it, too, until it has ended.
    let tx = Arc::new(db.begin().await.unwrap());
    let (inside, other) = (Arc::clone(&tx), db.clone());
    let counted = tokio::spawn(async move {
        inside.batch("SELECT 1").await.unwrap();
        waiting_inside(&other).await
    });
    assert_eq!(counted.await.unwrap(), 9);
    drop(tx);
    watched.is_whole().await;
}

/// Of ten reads, with one connection left.
async fn waiting_inside(db: &Database) -> usize {
    waiting(db, &read("SELECT 1::int8"), 10).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn readers_that_never_rest_do_not_keep_a_transaction_waiting() {
    let db = builder().max_size(1).connect().await.unwrap();
    let readers: Vec<_> = (0..32)
        .map(|n| {
            let db = db.clone();
            tokio::spawn(async move {
                loop {
                    reads(&db, n).await.unwrap();
                }
            })
        })
        .collect();
    for _ in 0..20 {
        let tx = db.begin().await.unwrap();
        tx.batch("SELECT 1").await.unwrap();
        tx.commit().await.unwrap();
    }
    readers.iter().for_each(tokio::task::JoinHandle::abort);
    for reader in readers {
        assert!(reader.await.unwrap_err().is_cancelled());
    }
    reads(&db, 1).await.unwrap();
}

/// A read that finds its connection dead is run again; that it ran twice makes no difference.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_read_whose_connection_ends_is_run_again() {
    let watched = Watched::new(3).await;
    let name = watched.name.clone();
    let counts: Arc<[AtomicU64; 16]> = Arc::default();
    let readers: Vec<_> = (0..16i64)
        .map(|n| {
            let (db, counts) = (watched.db.clone(), Arc::clone(&counts));
            tokio::spawn(async move {
                for _ in 0..300 {
                    let mut sink = First::<i64>::default();
                    let done = db.run(&with(read("SELECT $1"), n), &mut sink).await;
                    // Unless its row was there already, which cannot be taken back.
                    assert!(done.is_ok() || !sink.rows.is_empty(), "{done:?}");
                    counts[usize::try_from(n).unwrap()].fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    let any = format!("SELECT pid FROM pg_stat_activity WHERE application_name = '{name}' LIMIT 1");
    while readers.iter().any(|reader| !reader.is_finished()) {
        for pid in all::<i32>(&watched.admin, &sql(any.as_str())).await.unwrap() {
            execute(&watched.admin, &format!("SELECT pg_terminate_backend({pid})"))
                .await
                .unwrap();
            let left = format!("SELECT count(*) FROM pg_stat_activity WHERE pid = {pid}");
            becomes_zero(&watched.admin, &left).await;
        }
        // No read meets two: each has ended two more by the next.
        let before: Vec<_> = counts.iter().map(|count| count.load(Ordering::Relaxed)).collect();
        let has_moved = |n: usize| readers[n].is_finished() || counts[n].load(Ordering::Relaxed) >= before[n] + 2;
        while !(0..16).all(has_moved) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    for reader in readers {
        reader.await.unwrap();
    }
    watched.is_whole().await;
}

/// A decoder that panics while others are on the connection.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_harms_nobody_else() {
    struct Panics;
    impl RowSink for Panics {
        fn columns(&mut self, _: &[orm_core::ResultColumn]) -> Result<(), Error> {
            Ok(())
        }
        fn row(&mut self, _: &Row<'_>) -> Result<(), Error> {
            panic!("on purpose")
        }
    }
    let watched = Watched::new(1).await;
    let tasks: Vec<_> = (0..200i64)
        .map(|n| {
            let db = watched.db.clone();
            tokio::spawn(async move {
                if n % 2 == 0 {
                    let _ = db.run(&with(read("SELECT $1"), n), &mut Panics).await;
                } else {
                    reads(&db, n).await.unwrap();
                }
            })
        })
        .collect();
    for (n, task) in tasks.into_iter().enumerate() {
        assert_eq!(task.await.is_err(), n % 2 == 0);
    }
    watched.is_whole().await;
}

#[tokio::test]
async fn a_closed_database_reads_nothing() {
    let db = database().await;
    db.close();
    let error = reads(&db, 1).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PoolClosed);
}

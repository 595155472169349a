//! Futures dropped at every point where they wait: nothing stays open, nobody gets a dirty connection.

use std::time::{Duration, Instant};

use bytes::Bytes;
use orm_core::{CopySource, Error, ErrorKind, Executor};

use crate::support::*;

/// Drops what `make` gives after 0, 1, 2 … polls until it gets through, and looks at the pool after each.
async fn at_every_point<T, F: Future<Output = T>>(watched: &Watched, mut make: impl FnMut() -> F) -> usize {
    for polls in 0.. {
        let done = dropped_after(polls, make()).await.is_some();
        watched.is_at_rest().await;
        watched.is_whole().await;
        if done {
            return polls;
        }
    }
    unreachable!()
}

#[tokio::test]
async fn a_statement_dropped_at_any_point_leaves_the_pool_whole() {
    let watched = Watched::new(2).await;
    let mut text = 0;
    let points = at_every_point(&watched, || {
        text += 1; // A new text each time, so that preparing is among the points.
        let db = watched.db.clone();
        async move {
            execute(&db, &format!("SELECT n, {text} FROM generate_series(1, 3000) n"))
                .await
                .unwrap()
        }
    })
    .await;
    assert!(points >= 3, "{points}");
}

#[tokio::test]
async fn begin_dropped_at_any_point_leaves_no_transaction() {
    let watched = Watched::new(1).await;
    // BEGIN goes along with the first statement: nothing is sent by `begin` itself.
    let points = at_every_point(&watched, || async {
        let tx = watched.db.begin().await.unwrap();
        assert_eq!(one::<i32>(&tx, "SELECT 1").await, 1);
    })
    .await;
    assert!(points >= 2, "{points}");
}

#[tokio::test]
async fn a_transaction_dropped_at_any_point_leaves_nothing_open_and_saves_all_or_nothing() {
    let watched = Watched::new(1).await;
    let table = unique("dropped");
    watched
        .admin
        .batch(&format!("CREATE TABLE {table} (id int8)"))
        .await
        .unwrap();
    let insert = format!("INSERT INTO {table} VALUES (1)");
    let points = at_every_point(&watched, || async {
        watched
            .db
            .transaction(async |tx| {
                execute(tx, &insert).await?;
                let inner = tx.begin().await?;
                execute(&inner, &insert).await?;
                inner.commit().await?;
                execute(tx, &insert).await
            })
            .await
            .unwrap()
    })
    .await;
    assert!(points >= 6, "{points}");
    let left: i64 = one(&watched.admin, &format!("SELECT count(*) % 3 FROM {table}")).await;
    assert_eq!(left, 0, "some transaction saved a part of itself");
    watched.admin.batch(&format!("DROP TABLE {table}")).await.unwrap();
}

#[tokio::test]
async fn savepoints_dropped_at_any_point_keep_the_transaction_usable_or_refuse_its_commit() {
    let watched = Watched::new(1).await;
    let table = unique("savepoints");
    watched
        .admin
        .batch(&format!("CREATE TABLE {table} (id int8)"))
        .await
        .unwrap();
    for polls in 0..12 {
        let tx = watched.db.begin().await.unwrap();
        execute(&tx, &format!("INSERT INTO {table} VALUES (1)")).await.unwrap();
        let _ = dropped_after(polls, async {
            let inner = tx.begin().await?;
            execute(&inner, &format!("INSERT INTO {table} VALUES (2)")).await?;
            inner.rollback().await
        })
        .await;
        match tx.commit().await {
            Ok(()) => {}
            Err(error) => assert_eq!(error.kind(), ErrorKind::TransactionAborted),
        }
        watched.is_at_rest().await;
        watched.is_whole().await;
    }
    assert_eq!(
        one::<i64>(&watched.admin, &format!("SELECT count(*) FROM {table} WHERE id = 2")).await,
        0
    );
    watched.admin.batch(&format!("DROP TABLE {table}")).await.unwrap();
}

#[tokio::test]
async fn a_batch_dropped_at_any_point_leaves_nothing_open() {
    let watched = Watched::new(1).await;
    at_every_point(&watched, || async {
        watched
            .db
            .batch("BEGIN; SELECT pg_advisory_lock(77); SELECT 1; SELECT 2; COMMIT")
            .await
            .unwrap();
    })
    .await;
    watched.has_no_lock(77).await;
}

#[tokio::test]
async fn a_stream_dropped_at_any_point_leaves_nothing_open() {
    let watched = Watched::new(1).await;
    let points = at_every_point(&watched, || async {
        let mut rows = First::<i32>::default();
        let mut source = watched
            .db
            .open(sql("SELECT n FROM generate_series(1, 600) n"))
            .await
            .unwrap();
        while source.next(&mut rows).await.unwrap() {}
        assert_eq!(rows.rows.len(), 600);
    })
    .await;
    assert!(points >= 6, "{points}");
}

struct Chunks(Vec<Bytes>);

impl CopySource for Chunks {
    fn next_chunk(&mut self) -> Result<Option<Bytes>, Error> {
        Ok(self.0.pop())
    }
}

#[tokio::test]
async fn a_copy_dropped_at_any_point_stores_all_or_nothing() {
    let watched = Watched::new(1).await;
    let table = unique("copied");
    watched
        .admin
        .batch(&format!("CREATE TABLE {table} (id int8)"))
        .await
        .unwrap();
    let copy = format!("COPY {table} FROM STDIN (FORMAT binary)");
    let points = at_every_point(&watched, || async {
        let mut chunks = Chunks(crate::copying::chunks_of_int8(0..30_000));
        chunks.0.reverse();
        watched.db.copy_in(&copy, &mut chunks).await.unwrap()
    })
    .await;
    assert!(points >= 4, "{points}");
    let stored: i64 = one(&watched.admin, &format!("SELECT count(*) % 30000 FROM {table}")).await;
    assert_eq!(stored, 0);
    watched.admin.batch(&format!("DROP TABLE {table}")).await.unwrap();
}

#[tokio::test]
async fn a_dropped_long_statement_is_cancelled_and_nobody_waits_for_it() {
    let watched = Watched::new(1).await;
    tokio::select! {
        _ = execute(&watched.db, LONG) => panic!("it takes longer than the test"),
        () = watched.runs("pg_sleep") => {}
    }
    let begun = Instant::now();
    assert_eq!(one::<i32>(&watched.db, "SELECT 1").await, 1);
    watched.is_at_rest().await;
    // A busy machine takes its time, but not that of the statement.
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    watched.has_sessions(1).await;
}

#[tokio::test]
async fn a_transaction_whose_statement_was_dropped_refuses_to_commit() {
    let watched = Watched::new(1).await;
    let tx = watched.db.begin().await.unwrap();
    tokio::select! {
        _ = execute(&tx, LONG) => panic!("it takes longer than the test"),
        () = watched.runs("pg_sleep") => {}
    }
    assert_eq!(
        execute(&tx, "SELECT 1").await.unwrap_err().kind(),
        ErrorKind::TransactionAborted
    );
    assert_eq!(tx.commit().await.unwrap_err().kind(), ErrorKind::TransactionAborted);
    watched.is_at_rest().await;
    watched.is_whole().await;
}

#[tokio::test]
async fn a_held_connection_whose_statement_was_dropped_says_so() {
    let watched = Watched::new(1).await;
    let connection = watched.db.connection().await.unwrap();
    tokio::select! {
        _ = execute(&connection, LONG) => panic!("it takes longer than the test"),
        () = watched.runs("pg_sleep") => {}
    }
    let error = execute(&connection, "SELECT 1").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionLost);
    drop(connection);
    watched.is_at_rest().await;
    watched.is_whole().await;
}

#[tokio::test]
async fn a_dropped_commit_is_whole_or_nothing_and_its_connection_clean() {
    let watched = Watched::new(1).await;
    let table = unique("commits");
    watched
        .admin
        .batch(&format!("CREATE TABLE {table} (id int8)"))
        .await
        .unwrap();
    for polls in 0..6 {
        let tx = watched.db.begin().await.unwrap();
        execute(&tx, &format!("INSERT INTO {table} VALUES ({polls}), ({polls})"))
            .await
            .unwrap();
        let _ = dropped_after(polls, tx.commit()).await;
        watched.is_at_rest().await;
        watched.is_whole().await;
    }
    assert_eq!(
        one::<i64>(&watched.admin, &format!("SELECT count(*) % 2 FROM {table}")).await,
        0
    );
    watched.admin.batch(&format!("DROP TABLE {table}")).await.unwrap();
}

#[tokio::test]
async fn a_panic_inside_a_transaction_rolls_it_back() {
    let watched = Watched::new(1).await;
    let table = unique("panics");
    watched
        .admin
        .batch(&format!("CREATE TABLE {table} (id int8)"))
        .await
        .unwrap();
    let (db, insert) = (watched.db.clone(), format!("INSERT INTO {table} VALUES (1)"));
    let task = tokio::spawn(async move {
        db.transaction(async |tx| {
            execute(tx, &insert).await?;
            if tx.begin().await.is_ok() {
                panic!("a test's own");
            }
            Ok(())
        })
        .await
    });
    assert!(task.await.unwrap_err().is_panic());
    watched.is_at_rest().await;
    watched.is_whole().await;
    assert_eq!(
        one::<i64>(&watched.admin, &format!("SELECT count(*) FROM {table}")).await,
        0
    );
    watched.admin.batch(&format!("DROP TABLE {table}")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_of_timeouts_neither_loses_nor_invents_anything() {
    let watched = Watched::new(4).await;
    let table = unique("accounts");
    let ddl = format!(
        "CREATE TABLE {table} (id int8 PRIMARY KEY, n int8); INSERT INTO {table} SELECT n, 100 FROM generate_series(0, 9) n"
    );
    watched.admin.batch(&ddl).await.unwrap();
    let tasks: Vec<_> = (0..24u64)
        .map(|task| {
            let (db, table) = (watched.db.clone(), table.clone());
            tokio::spawn(async move {
                let mut done = 0u32;
                for round in 0..25u64 {
                    // Spread, and the same in each run.
                    let limit = Duration::from_micros((task * 7919 + round * 104_729) % 6000);
                    let (from, to) = ((task + round) % 10, (task * 3 + round * 7) % 10);
                    let work = db.transaction(async |tx| {
                        // In the order of their keys, so that there is no deadlock.
                        for (id, by) in if from < to {
                            [(from, -1), (to, 1)]
                        } else {
                            [(to, 1), (from, -1)]
                        } {
                            execute(tx, &format!("UPDATE {table} SET n = n + {by} WHERE id = {id}")).await?;
                        }
                        Ok(())
                    });
                    if tokio::time::timeout(limit, work)
                        .await
                        .is_ok_and(|result| result.is_ok())
                    {
                        done += 1;
                    }
                }
                done
            })
        })
        .collect();
    let mut done = 0;
    for task in tasks {
        done += task.await.unwrap();
    }
    watched.is_at_rest().await;
    watched.is_whole().await;
    assert_eq!(
        one::<i64>(&watched.admin, &format!("SELECT sum(n)::int8 FROM {table}")).await,
        1000
    );
    assert!(done < 600, "some were dropped");
    watched.has_sessions(4).await;
    watched.admin.batch(&format!("DROP TABLE {table}")).await.unwrap();
}

#[tokio::test]
async fn bug_dropping_a_statement_that_waited_cancelled_the_one_before_it() {
    let watched = Watched::new(1).await;
    let connection = watched.db.connection().await.unwrap();
    let waits = tokio::time::timeout(Duration::from_millis(100), async {
        tokio::task::yield_now().await; // So that the slow one is sent first.
        execute(&connection, "SELECT 2").await
    });
    let (slow, waited) = tokio::join!(execute(&connection, "SELECT pg_sleep(0.5)"), waits);
    assert!(waited.is_err(), "it has waited");
    slow.unwrap();
    assert_eq!(one::<i32>(&connection, "SELECT 3").await, 3);
    // In a transaction the statement may have an effect later, so it does not go on.
    let tx = connection.begin().await.unwrap();
    let waits = tokio::time::timeout(Duration::from_millis(100), async {
        tokio::task::yield_now().await;
        execute(&tx, "SELECT 2").await
    });
    let (slow, waited) = tokio::join!(execute(&tx, "SELECT pg_sleep(0.5)"), waits);
    assert!(waited.is_err(), "it has waited");
    slow.unwrap();
    assert_eq!(tx.commit().await.unwrap_err().kind(), ErrorKind::TransactionAborted);
    drop(connection);
    watched.is_at_rest().await;
    watched.is_whole().await;
}

#[tokio::test]
async fn bug_a_row_that_could_not_be_read_had_the_rest_of_a_huge_result_sent() {
    let watched = Watched::new(1).await;
    // Minutes of rows, made while they are sent.
    let huge = "SELECT CASE WHEN n = 2 THEN NULL ELSE n END FROM (SELECT generate_series(1, 2000000000) n) all_of_them";
    let begun = Instant::now();
    let error = all::<i32>(&watched.db, &sql(huge)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    watched.is_at_rest().await;
    watched.is_whole().await;
    watched.has_sessions(1).await;
}

#[tokio::test]
async fn savepoints_at_the_same_time_dropped_at_any_point_keep_each_others_work() {
    let watched = Watched::new(1).await;
    let table = unique("siblings");
    watched
        .admin
        .batch(&format!("CREATE TABLE {table} (id int8)"))
        .await
        .unwrap();
    let insert = |id: u8| format!("INSERT INTO {table} VALUES ({id})");
    let (bad, good) = (insert(1), insert(2));
    for polls in 0..20 {
        let tx = watched.db.begin().await.unwrap();
        let fails = tx.transaction(async |sp| {
            execute(sp, &bad).await?;
            Err::<(), _>(Error::new(ErrorKind::NotFound, "a test's own"))
        });
        let succeeds = tx.transaction(async |sp| {
            execute(sp, &good).await?;
            execute(sp, &good).await
        });
        let done = dropped_after(polls, async { tokio::join!(fails, succeeds) }).await;
        match tx.commit().await {
            Ok(()) => {}
            Err(error) => assert_eq!(error.kind(), ErrorKind::TransactionAborted),
        }
        watched.is_at_rest().await;
        watched.is_whole().await;
        if let Some((failed, succeeded)) = done {
            assert!(failed.is_err() && succeeded.is_ok());
            let stored = format!("SELECT count(*) FROM {table} WHERE id = 2");
            assert!(one::<i64>(&watched.admin, &stored).await >= 2);
        }
    }
    let broken = format!("SELECT count(*) FILTER (WHERE id = 1) + count(*) % 2 FROM {table}");
    assert_eq!(one::<i64>(&watched.admin, &broken).await, 0);
    watched.admin.batch(&format!("DROP TABLE {table}")).await.unwrap();
}

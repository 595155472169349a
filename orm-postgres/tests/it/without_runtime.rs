//! Futures and handles dropped where no runtime is: on a thread of the program's own, or after the runtime has ended.

use std::future::Future;
use std::pin::Pin;

use bytes::Bytes;
use orm_core::{CopySource, Error, Executor};
use tokio::runtime::{Handle, Runtime};

use crate::support::*;

/// Drops a value on a thread that has no runtime.
fn drop_elsewhere<T: Send + 'static>(value: T) {
    let thread = std::thread::spawn(move || {
        assert!(Handle::try_current().is_err());
        drop(value);
    });
    thread.join().expect("dropping it does not panic");
}

/// Polls a future at most `polls` times, and has it dropped elsewhere; whether it was done by then.
async fn dropped_elsewhere_after<F: Future<Output = ()> + Send + 'static>(polls: usize, future: F) -> bool {
    let mut future: Pin<Box<F>> = Box::pin(future);
    let done = dropped_after(polls, future.as_mut()).await.is_some();
    drop_elsewhere(future);
    done
}

/// Has what `make` gives dropped elsewhere at every point where it waits.
async fn at_every_point<F: Future<Output = ()> + Send + 'static>(watched: &Watched, make: impl Fn() -> F) {
    for polls in 0.. {
        let done = dropped_elsewhere_after(polls, make()).await;
        watched.is_at_rest().await;
        watched.is_whole().await;
        if done {
            assert!(polls >= 3, "{polls}");
            return;
        }
    }
}

#[tokio::test]
async fn a_long_statement_dropped_elsewhere_is_cancelled() {
    let watched = Watched::new(1).await;
    let db = watched.db.clone();
    let mut slow = Box::pin(async move { execute(&db, LONG).await });
    tokio::select! {
        _ = &mut slow => panic!("it takes longer than the test"),
        () = watched.runs("pg_sleep") => {}
    }
    drop_elsewhere(slow);
    watched.is_at_rest().await;
    watched.is_whole().await;
}

#[tokio::test]
async fn a_statement_dropped_elsewhere_at_any_point_leaves_the_pool_whole() {
    let watched = Watched::new(2).await;
    at_every_point(&watched, || {
        let (db, text) = (watched.db.clone(), format!("SELECT 1 AS {}", unique("column")));
        async move {
            execute(&db, &text).await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn a_transaction_dropped_elsewhere_at_any_point_leaves_nothing_open() {
    let watched = Watched::new(1).await;
    at_every_point(&watched, || {
        let db = watched.db.clone();
        async move {
            let work = db.transaction(async |tx| {
                execute(tx, "SELECT 1").await?;
                tx.begin().await?.commit().await
            });
            work.await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn a_stream_dropped_elsewhere_at_any_point_leaves_nothing_open() {
    let watched = Watched::new(1).await;
    at_every_point(&watched, || {
        let db = watched.db.clone();
        async move {
            let mut source = db.open(sql("SELECT n FROM generate_series(1, 600) n")).await.unwrap();
            while source.next(&mut Ignore).await.unwrap() {}
        }
    })
    .await;
}

struct Chunks(Vec<Bytes>);

impl CopySource for Chunks {
    fn next_chunk(&mut self) -> Result<Option<Bytes>, Error> {
        Ok(self.0.pop())
    }
}

#[tokio::test]
async fn a_copy_dropped_elsewhere_at_any_point_leaves_nothing_open() {
    let watched = Watched::new(1).await;
    let table = unique("copied_elsewhere");
    let ddl = format!("CREATE TABLE {table} (id int8)");
    watched.admin.batch(&ddl).await.unwrap();
    at_every_point(&watched, || {
        let (db, copy) = (watched.db.clone(), format!("COPY {table} FROM STDIN (FORMAT binary)"));
        async move {
            let mut chunks = Chunks(crate::copying::chunks_of_int8(0..30_000));
            chunks.0.reverse();
            db.copy_in(&copy, &mut chunks).await.unwrap();
        }
    })
    .await;
    watched.admin.batch(&format!("DROP TABLE {table}")).await.unwrap();
}

#[tokio::test]
async fn handles_dropped_elsewhere_are_given_back_clean() {
    let watched = Watched::new(1).await;
    let before: i32 = one(&watched.db, "SELECT pg_backend_pid()").await;

    let connection = watched.db.connection().await.unwrap();
    connection.batch("SET search_path = nowhere").await.unwrap();
    drop_elsewhere(connection);
    let path = "SELECT current_setting('search_path')";
    assert_ne!(one::<String>(&watched.db, path).await, "nowhere");

    let tx = watched.db.begin().await.unwrap();
    let inner = tx.begin().await.unwrap();
    drop_elsewhere(inner);
    assert_eq!(one::<i32>(&tx, "SELECT 2").await, 2);
    drop_elsewhere(tx);
    watched.is_at_rest().await;
    assert_eq!(one::<i32>(&watched.db, "SELECT pg_backend_pid()").await, before);

    let Watched { db, admin, name } = watched;
    drop_elsewhere(db);
    let sessions = format!("SELECT count(*) FROM pg_stat_activity WHERE application_name = '{name}'");
    becomes_zero(&admin, &sessions).await;
}

#[test]
fn what_outlives_its_runtime_can_be_dropped_and_its_sessions_end() {
    let runtime = Runtime::new().unwrap();
    let name = unique("outlives");
    let (db, tx, slow) = runtime.block_on(async {
        let db = builder().application_name(&name).max_size(3).connect().await.unwrap();
        let tx = db.begin().await.unwrap();
        let slow = db.clone();
        // Nobody is left to cancel it, so it runs to its end.
        let mut slow = Box::pin(async move { execute(&slow, "SELECT pg_sleep(4)").await });
        let admin = database().await;
        tokio::select! {
            _ = &mut slow => panic!("it takes longer than that"),
            () = becomes_active(&admin, &name, "pg_sleep") => {}
        }
        (db, tx, slow)
    });
    drop(runtime);
    drop(slow);
    drop(tx);
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async {
        // The pool notices that its old connections have ended, and makes new ones.
        assert_eq!(one::<i32>(&db, "SELECT 1").await, 1);
        let admin = database().await;
        let busy = "SELECT count(*) FROM pg_stat_activity WHERE state <> 'idle' AND application_name =";
        becomes_zero(&admin, &format!("{busy} '{name}'")).await;
    });
}

//! More work than connections.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use orm_core::{ErrorKind, Executor};

use crate::support::*;

#[tokio::test]
async fn ten_thousand_waiters_on_ten_connections_are_served_in_the_order_in_which_they_came() {
    const WAITERS: usize = 10_000;
    let name = unique("waiters");
    let db = builder()
        .application_name(&name)
        .max_size(10)
        .wait_timeout(None)
        .connect()
        .await
        .unwrap();
    let served = Arc::new(Mutex::new(Vec::with_capacity(WAITERS)));
    let tasks: Vec<_> = (0..WAITERS)
        .map(|waiter| {
            let (db, served) = (db.clone(), Arc::clone(&served));
            tokio::spawn(async move {
                let connection = db.connection().await.unwrap();
                served.lock().unwrap().push(waiter);
                assert_eq!(one::<i32>(&connection, "SELECT 1").await, 1);
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let served = served.lock().unwrap();
    assert_eq!(served.len(), WAITERS);
    for (place, waiter) in served.iter().enumerate() {
        // Ten are served at a time.
        assert!(place.abs_diff(*waiter) <= 40, "waiter {waiter} was the {place}th");
    }
    let status = db.status();
    assert_eq!((status.size, status.available, status.waiting), (10, 10, 0));
    assert_eq!(status.counters.connected, 10);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn overload_gives_typed_errors_and_no_more_sessions_than_connections() {
    let watched = Watched::new(4).await;
    let limited = builder()
        .application_name(&watched.name)
        .max_size(4)
        .wait_timeout(Duration::from_millis(100))
        .connect()
        .await
        .unwrap();
    watched.db.close();
    let sessions = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = '{}' AND backend_type = 'client backend'",
        watched.name
    );
    watched.has_sessions(1).await;
    let tasks: Vec<_> = (0..200)
        .map(|_| {
            let db = limited.clone();
            tokio::spawn(async move {
                let (mut served, mut refused) = (0, 0);
                for _ in 0..5 {
                    match execute(&db, "SELECT pg_sleep(0.03)").await {
                        Ok(_) => served += 1,
                        Err(error) => {
                            assert_eq!(error.kind(), ErrorKind::PoolTimeout, "{error}");
                            refused += 1;
                        }
                    }
                }
                (served, refused)
            })
        })
        .collect();
    let (mut served, mut refused, mut most) = (0, 0, 0);
    for task in tasks {
        let (more_served, more_refused) = task.await.unwrap();
        served += more_served;
        refused += more_refused;
        most = most.max(one::<i64>(&watched.admin, &sessions).await);
    }
    assert!(served > 0 && refused > 0, "{served} served, {refused} refused");
    assert!(most <= 4, "{most} sessions");
    let status = limited.status();
    assert_eq!(status.counters.connected, 4);
    assert_eq!(status.counters.acquire_timed_out, refused);
    let idle_in_transaction = format!("{sessions} AND state LIKE 'idle in transaction%'");
    assert_eq!(one::<i64>(&watched.admin, &idle_in_transaction).await, 0);
}

#[tokio::test]
async fn a_task_that_waits_for_itself_is_told_how_many_it_holds() {
    let db = builder()
        .max_size(2)
        .wait_timeout(Duration::from_millis(50))
        .connect()
        .await
        .unwrap();
    let other = tokio::spawn({
        let db = db.clone();
        async move { db.connection().await.unwrap() }
    });
    let _others = other.await.unwrap();
    let nested = tokio::spawn({
        let db = db.clone();
        async move {
            let tx = db.begin().await.unwrap();
            let error = execute(&db, "SELECT 1").await.unwrap_err();
            tx.rollback().await.unwrap();
            error
        }
    });
    let error = nested.await.unwrap();
    assert_eq!(error.kind(), ErrorKind::PoolTimeout);
    assert!(
        error.to_string().contains("this task holds 1 of them itself"),
        "{error}"
    );
    assert!(error.to_string().contains("pass `&tx`"), "{error}");
    let _held = db.connection().await.unwrap();
    let innocent = tokio::spawn({
        let db = db.clone();
        async move { execute(&db, "SELECT 1").await.unwrap_err() }
    });
    let error = innocent.await.unwrap();
    assert!(!error.to_string().contains("itself"), "{error}");
}

#[tokio::test]
async fn borrowers_that_give_up_waiting_leave_the_pool_as_it_was() {
    let watched = Watched::new(2).await;
    let held = (
        watched.db.connection().await.unwrap(),
        watched.db.connection().await.unwrap(),
    );
    let waiting: Vec<_> = (0..500)
        .map(|_| {
            let db = watched.db.clone();
            tokio::spawn(async move { db.batch("SELECT 1").await })
        })
        .collect();
    let begun = Instant::now();
    while watched.db.status().waiting < 500 {
        assert!(begun.elapsed() < Duration::from_secs(20));
        tokio::task::yield_now().await;
    }
    for task in waiting {
        task.abort();
        let _ = task.await;
    }
    assert_eq!(watched.db.status().waiting, 0);
    drop(held);
    watched.is_whole().await;
    assert_eq!(watched.db.status().counters.connected, 2);
}

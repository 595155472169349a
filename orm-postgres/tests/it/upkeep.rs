//! What the pool does with its idle connections, how it opens new ones, and what it tells of itself.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use orm_core::{ErrorKind, Executor};
use orm_postgres::{CloseReason, Database, PoolEvent, Status};
use tokio::sync::Semaphore;

use crate::support::*;

const PATIENCE: Duration = Duration::from_secs(20);

/// Waits until the pool stands like this.
async fn becomes(db: &Database, what: impl Fn(&Status) -> bool) {
    let begun = Instant::now();
    while !what(&db.status()) {
        assert!(begun.elapsed() < PATIENCE, "{:?}", db.status());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn as_many_as_wanted_are_opened_at_the_start_and_replaced_when_lost() {
    let name = unique("warm");
    let db = builder()
        .application_name(&name)
        .min_idle(3)
        .max_size(5)
        .connect()
        .await
        .unwrap();
    let status = db.status();
    assert_eq!((status.size, status.available), (3, 3));
    let admin = database().await;
    let kill =
        format!("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = '{name}'");
    assert_eq!(one::<i64>(&admin, &kill).await, 3);
    // Nobody asks the pool for anything.
    becomes(&db, |status| {
        status.counters.closed_by(CloseReason::Lost) == 3 && status.available == 3 && status.size == 3
    })
    .await;
}

#[tokio::test]
async fn some_stay_idle_while_others_are_lent_out_within_the_size_of_the_pool() {
    let db = builder().min_idle(2).max_size(4).connect().await.unwrap();
    let one = db.connection().await.unwrap();
    becomes(&db, |status| status.available == 2 && status.size == 3).await;
    let three = [
        db.connection().await.unwrap(),
        db.connection().await.unwrap(),
        db.connection().await.unwrap(),
    ];
    becomes(&db, |status| status.available == 0 && status.size == 4).await;
    drop((one, three));
    becomes(&db, |status| status.available == 4).await;
    assert_eq!(db.status().counters.connected, 4);
}

#[tokio::test]
async fn the_old_are_replaced_but_not_in_the_hands_of_a_borrower() {
    let db = builder()
        .max_lifetime(Duration::from_millis(100))
        .max_size(2)
        .connect()
        .await
        .unwrap();
    let held = db.connection().await.unwrap();
    let pid = one::<i32>(&held, "SELECT pg_backend_pid()").await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(one::<i32>(&held, "SELECT pg_backend_pid()").await, pid);
    drop(held);
    assert_ne!(one::<i32>(&db, "SELECT pg_backend_pid()").await, pid);
    // In the background, too.
    becomes(&db, |status| {
        status.size == 0 && status.counters.closed_by(CloseReason::MaxLifetime) >= 2
    })
    .await;
}

#[tokio::test]
async fn those_that_nobody_needs_are_closed_down_to_the_least() {
    let db = builder()
        .idle_timeout(Duration::from_millis(200))
        .min_idle(1)
        .max_size(4)
        .connect()
        .await
        .unwrap();
    let mut held = Vec::new();
    for _ in 0..4 {
        held.push(db.connection().await.unwrap());
    }
    drop(held);
    becomes(&db, |status| status.size == 1).await;
    let counters = db.status().counters;
    assert_eq!(
        (counters.closed_by(CloseReason::IdleTimeout), counters.closed()),
        (3, 3)
    );
    // The last one stays.
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(db.status().size, 1);
}

/// A pool whose connections are opened only as the gate has permits, and how many were being opened at once.
struct Gated {
    db: Database,
    gate: Arc<Semaphore>,
    most: Arc<AtomicUsize>,
}

impl Gated {
    async fn new(max_size: usize) -> Self {
        let gate = Arc::new(Semaphore::new(1));
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (at_gate, highest) = (Arc::clone(&gate), Arc::clone(&most));
        let builder = builder().max_size(max_size).password_provider(move || {
            let (gate, now, most) = (Arc::clone(&at_gate), Arc::clone(&now), Arc::clone(&highest));
            async move {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                gate.acquire().await.unwrap().forget();
                now.fetch_sub(1, Ordering::SeqCst);
                Ok::<_, std::io::Error>(String::new())
            }
        });
        let db = builder.connect().await.unwrap();
        Self { db, gate, most }
    }
}

/// Asks for a connection, and gives up before it is there.
async fn gives_up_waiting(db: &Database) {
    let asker = db.clone();
    let task = tokio::spawn(async move { drop(asker.connection().await) });
    becomes(db, |status| status.waiting == 1).await;
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
}

#[tokio::test]
async fn a_connection_that_nobody_waits_for_any_more_goes_to_the_next() {
    let Gated { db, gate, most } = Gated::new(2).await;
    let _held = db.connection().await.unwrap();
    for _ in 0..5 {
        gives_up_waiting(&db).await;
    }
    gate.add_permits(1);
    drop(db.connection().await.unwrap());
    assert_eq!(most.load(Ordering::SeqCst), 1, "one was being opened at a time");
    assert_eq!(
        db.status().counters.connected,
        2,
        "the first, and one for all that gave up"
    );
}

#[tokio::test]
async fn one_that_is_given_back_goes_to_who_came_first_though_he_waits_for_a_new_one() {
    let Gated { db, gate, .. } = Gated::new(2).await;
    let held = db.connection().await.unwrap();
    let pid = one::<i32>(&held, "SELECT pg_backend_pid()").await;
    let order = Arc::new(Mutex::new(Vec::new()));
    let ask = |number: i32| {
        let (db, order) = (db.clone(), Arc::clone(&order));
        tokio::spawn(async move {
            let connection = db.connection().await.unwrap();
            let pid = one::<i32>(&connection, "SELECT pg_backend_pid()").await;
            order.lock().unwrap().push((number, pid));
        })
    };
    let first = ask(1);
    becomes(&db, |status| status.waiting == 1).await;
    let second = ask(2);
    becomes(&db, |status| status.waiting == 2).await;
    // The gate is closed: no new connection comes.
    drop(held);
    first.await.unwrap();
    second.await.unwrap();
    assert_eq!(*order.lock().unwrap(), [(1, pid), (2, pid)]);
    gate.add_permits(1);
    becomes(&db, |status| status.size == 2 && status.available == 2).await;
}

#[tokio::test]
async fn one_that_comes_too_late_is_kept_for_later() {
    let Gated { db, gate, .. } = Gated::new(2).await;
    let held = db.connection().await.unwrap();
    gives_up_waiting(&db).await;
    gate.add_permits(1);
    becomes(&db, |status| status.size == 2 && status.available == 1).await;
    drop(held);
    becomes(&db, |status| status.available == 2).await;
    let _both = (db.connection().await.unwrap(), db.connection().await.unwrap());
    assert_eq!(db.status().counters.connected, 2);
}

#[tokio::test]
async fn few_connections_are_opened_at_the_same_time() {
    let Gated { db, gate, most } = Gated::new(20).await;
    let _held = db.connection().await.unwrap();
    let tasks: Vec<_> = (0..19)
        .map(|_| {
            let db = db.clone();
            tokio::spawn(async move { db.connection().await.unwrap() })
        })
        .collect();
    becomes(&db, |_| most.load(Ordering::SeqCst) == 4).await;
    gate.add_permits(19);
    let mut held = Vec::new();
    for task in tasks {
        held.push(task.await.unwrap());
    }
    assert_eq!(most.load(Ordering::SeqCst), 4);
    assert_eq!(db.status().counters.connected, 20);
}

#[tokio::test]
async fn events_tell_of_each_connection_and_each_loan() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let teller = Arc::clone(&told);
    let db = builder()
        .max_size(1)
        .wait_timeout(Duration::from_millis(20))
        .on_event(move |event| {
            teller.lock().unwrap().push(match event {
                PoolEvent::Connected { .. } => "connected",
                PoolEvent::Acquired { .. } => "acquired",
                PoolEvent::AcquireTimedOut { .. } => "timed out",
                PoolEvent::Released { .. } => "released",
                PoolEvent::Closed {
                    reason: CloseReason::Unneeded,
                    ..
                } => "closed",
                _ => "something else",
            });
        })
        .connect()
        .await
        .unwrap();
    let held = db.connection().await.unwrap();
    assert_eq!(
        execute(&db, "SELECT 1").await.unwrap_err().kind(),
        ErrorKind::PoolTimeout
    );
    drop(held);
    db.close();
    let expected = [
        "connected",
        "acquired",
        "released",
        "acquired",
        "timed out",
        "released",
        "closed",
    ];
    assert_eq!(*told.lock().unwrap(), expected);
}

#[tokio::test]
async fn an_event_function_may_ask_the_pool_and_may_panic() {
    let asked = Arc::new(OnceLock::<Database>::new());
    let asker = Arc::clone(&asked);
    let db = builder()
        .max_size(2)
        .on_event(move |_| {
            if let Some(db) = asker.get() {
                let _ = db.status();
                panic!("on purpose");
            }
        })
        .connect()
        .await
        .unwrap();
    let _ = asked.set(db.clone());
    let held = db.connection().await.unwrap();
    assert_eq!(one::<i32>(&db, "SELECT 1").await, 1);
    drop(held);
    assert_eq!(db.status().available, 2);
    db.close();
    assert_eq!(db.status().size, 0);
}

#[tokio::test]
async fn counters_hold_how_often_and_for_how_long() {
    let db = builder().max_size(1).connect().await.unwrap();
    let held = db.connection().await.unwrap();
    let waiting = tokio::spawn({
        let db = db.clone();
        async move { execute(&db, "SELECT 1").await }
    });
    becomes(&db, |status| status.waiting == 1).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    drop(held);
    waiting.await.unwrap().unwrap();
    let counters = db.status().counters;
    assert_eq!((counters.connected, counters.acquired, counters.released), (1, 3, 3));
    assert!(counters.max_wait_time >= Duration::from_millis(50), "{counters:?}");
    assert!(counters.max_use_time >= Duration::from_millis(50), "{counters:?}");
    assert!(counters.use_time >= counters.max_use_time && counters.wait_time >= counters.max_wait_time);
    assert!(
        counters.connect_time > Duration::ZERO && counters.closed() == 0,
        "{counters:?}"
    );
}

#[tokio::test]
async fn closing_waits_for_those_who_hold_connections() {
    let watched = Watched::new(3).await;
    let held = watched.db.connection().await.unwrap();
    let tx = watched.db.begin().await.unwrap();
    let closing = tokio::spawn({
        let db = watched.db.clone();
        async move { db.close_within(PATIENCE).await }
    });
    while watched.db.connection().await.is_ok() {
        tokio::task::yield_now().await;
    }
    // What was begun can be finished.
    tx.batch("SELECT 1").await.unwrap();
    tx.commit().await.unwrap();
    assert!(!closing.is_finished());
    drop(held);
    closing.await.unwrap().unwrap();
    watched.has_sessions(0).await;
}

#[tokio::test]
async fn closing_does_not_wait_for_ever() {
    let watched = Watched::new(2).await;
    let held = watched.db.connection().await.unwrap();
    let error = watched.db.close_within(Duration::from_millis(50)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.to_string().contains("1 connections were still in use"), "{error}");
    drop(held);
    watched.db.close_within(PATIENCE).await.unwrap();
    watched.has_sessions(0).await;
}

#[tokio::test]
async fn a_pool_that_is_dropped_leaves_no_task_and_no_session() {
    let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let before = tasks();
    let watched = Watched::new(2).await;
    let Watched { db, admin, name } = watched;
    let warm = builder().application_name(&name).min_idle(3).connect().await.unwrap();
    assert_eq!(one::<i32>(&warm, "SELECT 1").await, 1);
    drop((db, warm));
    let text = format!("SELECT count(*) FROM pg_stat_activity WHERE application_name = '{name}'");
    becomes_zero(&admin, &text).await;
    drop(admin);
    let begun = Instant::now();
    while tasks() > before {
        assert!(begun.elapsed() < PATIENCE, "{} tasks, {before} before", tasks());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

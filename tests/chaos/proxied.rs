//! The proxy itself: each fault is what it says.

use std::time::{Duration, Instant};

use orm::prelude::*;

use crate::support::{Arena, Direction, PATIENCE, Proxy};

async fn pool(arena: &Arena, proxy: &Proxy) -> Database {
    arena.through(proxy).max_size(1).connect().await.unwrap()
}

async fn one(db: &Database) -> Result<i32, Error> {
    sql!("SELECT 1").one(db).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_faults_it_only_passes_on() {
    let arena = Arena::new().await;
    let proxy = arena.proxy().await;
    let db = pool(&arena, &proxy).await;
    let n: Vec<i32> = sql!("SELECT n FROM generate_series(1, 50000) n")
        .all(&db)
        .await
        .unwrap();
    assert!(n.into_iter().eq(1..=50_000));
    assert_eq!(proxy.accepted(), 1);
    proxy.delay(Duration::from_millis(30));
    let begun = Instant::now();
    assert_eq!(one(&db).await.unwrap(), 1);
    assert!(begun.elapsed() >= Duration::from_millis(60));
    arena.ends_clean([db]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silence_holds_everything_until_it_is_healed() {
    let arena = Arena::new().await;
    let proxy = arena.proxy().await;
    let db = pool(&arena, &proxy).await;
    proxy.silence();
    let mut asked = Box::pin(one(&db));
    assert!(
        tokio::time::timeout(Duration::from_millis(200), &mut asked)
            .await
            .is_err()
    );
    proxy.heal();
    assert_eq!(tokio::time::timeout(PATIENCE, asked).await.unwrap().unwrap(), 1);
    arena.ends_clean([db]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cuts_come_where_they_were_ordered() {
    let arena = Arena::new().await;
    let proxy = arena.proxy().await;
    let db = pool(&arena, &proxy).await;
    for arrives in [false, true] {
        let held = db.connection().await.unwrap();
        proxy.cut_at(Direction::ToServer, b"pg_advisory_lock(5)", arrives);
        let lost = held.batch("SELECT pg_advisory_lock(5), pg_sleep(1)").await;
        assert_eq!(lost.unwrap_err().kind(), ErrorKind::ConnectionLost);
        // It reaches the server only where it was to arrive.
        let ran = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%advisory_lock(5), pg_sleep%'
             AND pid <> pg_backend_pid()";
        arena.becomes(i64::from(arrives), ran).await;
    }
    assert_eq!(proxy.cuts(), 2);
    proxy.cut_after(Direction::ToClient, 100);
    let error = db.connection().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect, "{error}");
    proxy.heal();
    proxy.refuse();
    let error = db.connection().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect, "{error}");
    proxy.heal();
    arena.is_whole(&db).await;
    let held = db.connection().await.unwrap();
    proxy.cut();
    assert_eq!(
        held.batch("SELECT 1").await.unwrap_err().kind(),
        ErrorKind::ConnectionLost
    );
    drop(held);
    arena.ends_clean([db]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_open_is_a_connection_that_only_the_client_has() {
    let arena = Arena::new().await;
    let proxy = arena.proxy().await;
    let db = pool(&arena, &proxy).await;
    proxy.half_open();
    arena
        .becomes(
            0,
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        .await;
    let asked = tokio::time::timeout(Duration::from_millis(200), one(&db)).await;
    assert!(asked.is_err(), "{asked:?}");
    arena.ends_clean([db]).await;
}

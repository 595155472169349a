//! The network or the server is away for a while: typed errors within the limits meanwhile, and none once it is back.

use std::time::Duration;

use orm::prelude::*;
use orm_embedded::Settings;

use crate::support::bank::{self, is_conserved};
use crate::support::load::{Load, failed, journal_agrees, open_journal};
use crate::support::{Arena, PATIENCE, Proxy, rounds};

/// How long the program waits for a transfer, and the pool for a connection.
const LIMIT: Duration = Duration::from_millis(400);

fn limits(builder: orm::DatabaseBuilder) -> orm::DatabaseBuilder {
    let builder = builder.max_size(4).wait_timeout(LIMIT);
    builder.connect_timeout(LIMIT).recycle_timeout(LIMIT)
}

/// Under load: an outage begins and ends. What was told during it is what was saved; after it nothing fails.
async fn goes_through(arena: &mut Arena, db: &Database, first: i64, outage: impl AsyncFnOnce()) {
    let load = Load::begin(db, 6, (first, i64::MAX), LIMIT);
    load.goes_on(20).await;
    outage().await;
    arena.reconnect().await;
    let outcomes = load.end().await;
    assert!(failed(&outcomes) > 0, "the outage was not felt");
    arena.is_whole(db).await;
    arena.is_at_rest().await;
    journal_agrees(arena, &outcomes).await;
    let first = first + 1_000_000;
    let outcomes = Load::begin(db, 4, (first, first + 50), PATIENCE).finishes().await;
    assert_eq!(failed(&outcomes), 0, "after the outage");
    journal_agrees(arena, &outcomes).await;
    is_conserved(arena).await;
}

/// An outage of the network, by the proxy.
async fn network_fails(order: fn(&Proxy)) {
    let mut arena = Arena::new().await;
    let proxy = arena.proxy().await;
    let db = limits(arena.through(&proxy)).connect().await.unwrap();
    bank::open(&arena, &db).await;
    open_journal(&arena).await;
    for round in 0..rounds(1) {
        let first = i64::try_from(round).unwrap() * 10_000_000 + 1;
        let proxy = &proxy;
        goes_through(&mut arena, &db, first, async || {
            order(proxy);
            tokio::time::sleep(2 * LIMIT).await;
            proxy.heal();
        })
        .await;
    }
    arena.ends_clean([db]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn packets_that_are_lost_in_silence_are_forgotten_once_the_network_is_back() {
    network_fails(Proxy::silence).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_only_the_client_has_are_replaced() {
    network_fails(Proxy::half_open).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_network_that_refuses_is_used_again_once_it_does_not() {
    network_fails(|proxy| {
        proxy.refuse();
        proxy.cut();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_network_is_slow_and_nothing_else() {
    let arena = Arena::new().await;
    let proxy = arena.proxy().await;
    let db = arena.through(&proxy).max_size(4).connect().await.unwrap();
    bank::open(&arena, &db).await;
    open_journal(&arena).await;
    proxy.delay(Duration::from_millis(3));
    let outcomes = Load::begin(&db, 8, (1, 40), PATIENCE).finishes().await;
    assert_eq!(failed(&outcomes), 0);
    journal_agrees(&arena, &outcomes).await;
    arena.ends_clean([db]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_paused_killed_or_stopped_is_used_again_once_it_is_back() {
    // What was committed must outlive a crash.
    let settings = Settings::new().setting("synchronous_commit", "on");
    let (mut arena, server) = Arena::with_server(settings).await;
    let db = limits(arena.builder()).connect().await.unwrap();
    bank::open(&arena, &db).await;
    open_journal(&arena).await;
    for round in 0..rounds(1) {
        let first = i64::try_from(round).unwrap() * 10_000_000 + 1;
        goes_through(&mut arena, &db, first, async || {
            server.pause().unwrap();
            tokio::time::sleep(2 * LIMIT).await;
            server.resume().unwrap();
        })
        .await;
        goes_through(&mut arena, &db, first + 2_000_000, async || {
            server.kill().await.unwrap();
            server.start_again().await.unwrap();
        })
        .await;
        goes_through(&mut arena, &db, first + 4_000_000, async || {
            server.stop().await.unwrap();
            server.start_again().await.unwrap();
        })
        .await;
    }
    arena.ends_clean([db]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_under_an_idle_pool_costs_at_most_an_error_for_each_connection() {
    let (mut arena, server) = Arena::with_server(Settings::new()).await;
    let db = arena.builder().max_size(4).connect().await.unwrap();
    arena.is_whole(&db).await;
    for crash in [false, true] {
        match crash {
            true => server.kill().await.unwrap(),
            false => server.stop().await.unwrap(),
        }
        server.start_again().await.unwrap();
        arena.reconnect().await;
        // Each connection that has ended may be told once, where its end has not come to the pool yet.
        let mut failed = 0;
        for number in 0..12_i64 {
            match sql!("SELECT {number}").one::<i64>(&db).await {
                Ok(answer) => assert_eq!(answer, number),
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::ConnectionLost, "{error}");
                    failed += 1;
                }
            }
        }
        assert!(failed <= 4, "{failed} statements failed after the restart");
    }
    arena.ends_clean([db]).await;
}

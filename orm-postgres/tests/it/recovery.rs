//! A server that goes away under a pool and comes back.

use std::process::Command;
use std::time::{Duration, Instant};

use orm_core::{Error, ErrorKind};
use orm_embedded::Server;
use orm_postgres::{CloseReason, Database};

use crate::proxy::Proxy;
use crate::secure::{PASSWORD, USER, secure};
use crate::support::*;

const PATIENCE: Duration = Duration::from_secs(30);

fn is_typed(error: &Error) {
    let kind = error.kind();
    assert!(
        matches!(kind, ErrorKind::Connect | ErrorKind::ConnectionLost),
        "{kind:?}: {error}"
    );
}

async fn through(proxy: &Proxy, min_idle: usize) -> Database {
    let url = format!("postgres://{USER}:{PASSWORD}@{}/postgres", proxy.address);
    let builder = Database::builder().url(&url).max_size(5).min_idle(min_idle);
    builder.connect().await.unwrap()
}

/// All connections at once, and each answers.
async fn is_whole(db: &Database) {
    let mut held = Vec::new();
    for _ in 0..db.status().max_size {
        let connection = db.connection().await.unwrap();
        assert_eq!(one::<i32>(&connection, "SELECT 1").await, 1);
        held.push(connection);
    }
}

#[tokio::test]
async fn a_server_that_is_away_is_left_in_peace_and_found_again_within_a_second() {
    let proxy = Proxy::to(&secure().await.address);
    let db = through(&proxy, 0).await;
    is_whole(&db).await;
    proxy.goes_down();
    let (before, begun) = (proxy.accepted(), Instant::now());
    let mut errors = 0_u32;
    while begun.elapsed() < Duration::from_secs(2) {
        is_typed(&execute(&db, "SELECT 1").await.unwrap_err());
        errors += 1;
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    // The pauses double up to 0.4 s.
    let asked = proxy.accepted() - before;
    let most = 6 + begun.elapsed().as_millis() / 400;
    assert!(
        asked as u128 <= most,
        "{asked} attempts for {errors} errors in {:?}",
        begun.elapsed()
    );
    proxy.comes_back();
    tokio::time::sleep(Duration::from_secs(1)).await;
    for _ in 0..50 {
        assert_eq!(one::<i32>(&db, "SELECT 1").await, 1);
    }
    is_whole(&db).await;
}

#[tokio::test]
async fn idle_connections_that_are_dead_are_noticed_and_replaced_without_being_asked_for() {
    let proxy = Proxy::to(&secure().await.address);
    let db = through(&proxy, 3).await;
    proxy.goes_down();
    let waits = async |what: &dyn Fn() -> bool| {
        let begun = Instant::now();
        while !what() {
            assert!(begun.elapsed() < PATIENCE, "{:?}", db.status());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    waits(&|| db.status().size == 0).await;
    assert_eq!(db.status().counters.closed_by(CloseReason::Lost), 3);
    waits(&|| db.status().counters.connect_failed >= 3).await;
    proxy.comes_back();
    waits(&|| db.status().available == 3).await;
}

#[tokio::test]
async fn many_who_wait_for_a_server_that_is_away_are_all_told_by_a_few_attempts() {
    let proxy = Proxy::to(&secure().await.address);
    let db = through(&proxy, 0).await;
    proxy.goes_down();
    let (before, begun) = (proxy.accepted(), Instant::now());
    let tasks: Vec<_> = (0..2000)
        .map(|_| {
            let db = db.clone();
            tokio::spawn(async move { execute(&db, "SELECT 1").await })
        })
        .collect();
    for task in tasks {
        is_typed(&task.await.unwrap().unwrap_err());
    }
    let asked = proxy.accepted() - before;
    let most = 12 + begun.elapsed().as_millis() / 25;
    assert!(
        asked as u128 <= most.min(200),
        "{asked} attempts in {:?}",
        begun.elapsed()
    );
}

#[tokio::test]
async fn a_restart_of_the_server_under_an_idle_pool_is_at_most_a_few_typed_errors() {
    let server = Server::private().await.unwrap();
    let db = Database::builder()
        .url(server.url())
        .max_size(5)
        .connect()
        .await
        .unwrap();
    is_whole(&db).await;
    // The server ends all sessions and starts anew when one of its processes is killed.
    let pid = one::<i32>(&db, "SELECT pg_backend_pid()").await;
    let killed = Command::new("kill").args(["-KILL", &pid.to_string()]).status().unwrap();
    assert!(killed.success());
    let begun = Instant::now();
    let mut last = None;
    while last.is_none_or(|at: Instant| at.elapsed() < Duration::from_secs(1)) {
        match execute(&db, "SELECT 1").await {
            Ok(_) => {
                let _ = last.get_or_insert_with(Instant::now);
            }
            Err(error) => {
                is_typed(&error);
                last = None;
            }
        }
        assert!(begun.elapsed() < PATIENCE);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    is_whole(&db).await;
    let open = "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'";
    assert_eq!(one::<i64>(&db, open).await, 0);
}

//! The pool's limits.

use std::time::Duration;

use orm_core::{ErrorKind, Executor};

use crate::support::*;

#[tokio::test]
async fn a_pool_that_is_used_up_says_by_how_many() {
    let db = builder()
        .max_size(2)
        .wait_timeout(Duration::from_millis(50))
        .connect()
        .await
        .unwrap();
    let _held = (db.connection().await.unwrap(), db.begin().await.unwrap());
    let error = execute(&db, "SELECT 1").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PoolTimeout);
    assert!(error.to_string().contains("2 of 2 are in use"), "{error}");
    assert!(error.to_string().contains("max_size"), "{error}");
}

#[tokio::test]
async fn the_status_counts_connections() {
    let db = builder().max_size(3).connect().await.unwrap();
    let held = db.connection().await.unwrap();
    let _other = db.connection().await.unwrap();
    drop(held);
    let status = db.status();
    assert_eq!(
        (status.max_size, status.size, status.available, status.waiting),
        (3, 2, 1, 0)
    );
}

#[tokio::test]
async fn a_closed_pool_says_so_and_ends_its_sessions() {
    let watched = Watched::new(2).await;
    watched.is_whole().await;
    watched.db.close();
    assert_eq!(
        execute(&watched.db, "SELECT 1").await.unwrap_err().kind(),
        ErrorKind::PoolClosed
    );
    watched.has_sessions(0).await;
}

#[tokio::test]
async fn a_connection_that_the_server_ended_is_replaced() {
    let watched = Watched::new(1).await;
    assert_eq!(one::<i32>(&watched.db, "SELECT 1").await, 1);
    watched.terminate().await;
    // What the server has sent is there by now; the connection's task must read it.
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(one::<i32>(&watched.db, "SELECT 1").await, 1);
}

#[tokio::test]
async fn a_connection_lost_under_a_statement_says_why() {
    let watched = Watched::new(1).await;
    let kill = async {
        watched.runs("pg_sleep").await;
        watched.terminate().await;
    };
    let (lost, ()) = tokio::join!(execute(&watched.db, LONG), kill);
    let error = lost.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionLost);
    assert!(error.to_string().contains("administrator"), "{error}");
    watched.is_whole().await;
}

#[tokio::test]
async fn sixty_four_tasks_share_four_connections() {
    let watched = Watched::new(4).await;
    let tasks: Vec<_> = (0..64i64)
        .map(|n| {
            let db = watched.db.clone();
            tokio::spawn(async move {
                for _ in 0..20 {
                    let statement = with(sql("SELECT $1"), n);
                    assert_eq!(all::<i64>(&db, &statement).await.unwrap(), [n]);
                }
                db.batch("SET geqo = off").await.unwrap();
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    watched.has_sessions(4).await;
}

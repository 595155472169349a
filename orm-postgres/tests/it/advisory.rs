//! Advisory locks of transactions and sessions.

use orm_core::{AdvisoryKey, Executor};

use crate::support::*;

#[tokio::test]
async fn a_lock_of_a_transaction_is_held_to_its_end() {
    let watched = Watched::new(3).await;
    let db = &watched.db;
    let key = unique("a lock");
    let (tx, other) = (db.begin().await.unwrap(), db.begin().await.unwrap());
    tx.advisory_lock(&key).await.unwrap();
    assert!(!other.try_advisory_lock(&key).await.unwrap());
    assert!(!other.try_advisory_lock_shared(&key).await.unwrap());
    tx.commit().await.unwrap();
    assert!(other.try_advisory_lock_shared(&key).await.unwrap());
    let third = db.begin().await.unwrap();
    third.advisory_lock_shared(&key).await.unwrap();
    assert!(!third.try_advisory_lock(&key).await.unwrap());
    drop(other);
    watched.admin.batch("SELECT 1").await.unwrap();
    drop(third);
    watched.is_at_rest().await;
    let tx = db.begin().await.unwrap();
    assert!(tx.try_advisory_lock(&key).await.unwrap());
    // One number and two never meet.
    assert!(tx.try_advisory_lock(77_000_001).await.unwrap());
    let other = db.begin().await.unwrap();
    assert!(!other.try_advisory_lock(77_000_001_i64).await.unwrap());
    assert!(other.try_advisory_lock((0, 77_000_001)).await.unwrap());
    assert!(!tx.try_advisory_lock((0, 77_000_001)).await.unwrap());
}

#[tokio::test]
async fn a_lock_of_a_savepoint_is_let_go_with_it() {
    let watched = Watched::new(2).await;
    let key = unique("inner");
    let tx = watched.db.begin().await.unwrap();
    let savepoint = tx.begin().await.unwrap();
    savepoint.advisory_lock(&key).await.unwrap();
    savepoint.rollback().await.unwrap();
    let other = watched.db.begin().await.unwrap();
    assert!(other.try_advisory_lock(&key).await.unwrap());
}

#[tokio::test]
async fn the_number_of_a_text_is_the_one_that_sql_computes() {
    let watched = Watched::new(1).await;
    let tx = watched.db.begin().await.unwrap();
    let text = "naïve key";
    let statement = sql("SELECT ('x' || left(encode(sha256(convert_to($1, 'UTF8')), 'hex'), 16))::bit(64)::int8");
    let numbers: Vec<i64> = all(&tx, &with(statement, text.to_owned())).await.unwrap();
    tx.advisory_lock(text).await.unwrap();
    let taken = watched.admin.begin().await.unwrap();
    assert!(!taken.try_advisory_lock(numbers[0]).await.unwrap());
    assert_eq!(AdvisoryKey::from(text), AdvisoryKey::from(numbers[0]));
}

#[tokio::test]
async fn a_lock_of_a_session_is_held_by_its_guard() {
    let watched = Watched::new(2).await;
    let db = &watched.db;
    let key = unique("session");
    let lock = db.advisory_lock(&key).await.unwrap();
    assert!(lock.is_held());
    assert!(db.try_advisory_lock(&key).await.unwrap().is_none());
    assert!(watched.admin.try_advisory_lock_shared(&key).await.unwrap().is_none());
    lock.connection().begin().await.unwrap().commit().await.unwrap();
    lock.release().await.unwrap();
    let shared = db.advisory_lock_shared(&key).await.unwrap();
    let also = db.try_advisory_lock_shared(&key).await.unwrap().unwrap();
    drop((shared, also));
    // Dropped, it is let go without being waited for.
    let held = watched.admin.advisory_lock(&key).await.unwrap();
    drop(held);
    watched.is_whole().await;
    // Its connection lost, it is lost, and says so.
    let lock = db.advisory_lock(&key).await.unwrap();
    watched.terminate().await;
    assert!(execute(lock.connection(), "SELECT 1").await.is_err());
    assert!(!lock.is_held());
    assert!(lock.release().await.is_err());
    assert!(db.try_advisory_lock(&key).await.unwrap().is_some());
    watched.is_whole().await;
}

#[tokio::test]
async fn a_wait_for_a_lock_that_was_dropped_takes_no_lock() {
    let watched = Watched::new(3).await;
    let key = unique("dropped");
    let held = watched.db.advisory_lock(&key).await.unwrap();
    tokio::select! {
        _ = watched.db.advisory_lock(&key) => panic!("it is held"),
        () = watched.runs("pg_advisory_lock") => {}
    }
    held.release().await.unwrap();
    watched.is_whole().await;
    let mut again = watched.db.try_advisory_lock(&key).await.unwrap();
    let begun = std::time::Instant::now();
    while again.is_none() {
        // The server takes its moment to end what was dropped.
        assert!(begun.elapsed().as_secs() < 20);
        again = watched.db.try_advisory_lock(&key).await.unwrap();
    }
}

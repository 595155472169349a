//! Savepoints: no write that gave `Ok` is lost, whatever is used at the same time.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use orm_core::{Error, ErrorKind, Executor, Transaction};

use crate::support::*;

async fn table(on: &dyn Executor) -> String {
    let table = unique("sp");
    on.batch(&format!("CREATE TABLE {table} (id int8)")).await.unwrap();
    table
}

async fn insert(on: &dyn Executor, table: &str, id: i64) -> Result<u64, Error> {
    on.run(&with(sql(format!("INSERT INTO {table} VALUES ($1)")), id), &mut Ignore)
        .await
}

async fn ids(on: &dyn Executor, table: &str) -> Vec<i64> {
    all(on, &sql(format!("SELECT id FROM {table} ORDER BY id")))
        .await
        .unwrap()
}

fn own() -> Error {
    Error::new(ErrorKind::NotFound, "a test's own")
}

#[tokio::test]
async fn bug_a_savepoint_that_failed_took_back_what_its_sibling_had_saved() {
    let db = database().await;
    let table = table(&db).await;
    let tx = db.begin().await.unwrap();
    let fails = tx.transaction(async |sp| {
        insert(sp, &table, 1).await?;
        execute(sp, "SELECT pg_sleep(0.1)").await?;
        Err::<(), _>(own())
    });
    let succeeds = tx.transaction(async |sp| insert(sp, &table, 2).await);
    let (failed, succeeded) = tokio::join!(fails, succeeds);
    assert_eq!(failed.unwrap_err().kind(), ErrorKind::NotFound);
    succeeded.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(ids(&db, &table).await, [2]);
    db.batch(&format!("DROP TABLE {table}")).await.unwrap();
}

#[tokio::test]
async fn bug_two_savepoints_at_the_same_time_released_each_other() {
    let db = database().await;
    let table = table(&db).await;
    let tx = db.begin().await.unwrap();
    let work = async |id: i64| {
        let table = &table;
        tx.transaction(async move |sp: &Transaction| {
            insert(sp, table, id).await?;
            execute(sp, "SELECT pg_sleep(0.02)").await?;
            insert(sp, table, id + 10).await
        })
        .await
    };
    let (a, b, c) = tokio::join!(work(1), work(2), work(3));
    for result in [a, b, c] {
        result.unwrap();
    }
    tx.commit().await.unwrap();
    assert_eq!(ids(&db, &table).await, [1, 2, 3, 11, 12, 13]);
    db.batch(&format!("DROP TABLE {table}")).await.unwrap();
}

#[tokio::test]
async fn bug_a_write_of_the_transaction_was_taken_back_with_its_open_savepoint() {
    let db = database().await;
    let table = table(&db).await;
    let connection = db.connection().await.unwrap();
    let tx = connection.begin().await.unwrap();
    let savepoint = tx.begin().await.unwrap();
    for on in [&tx as &dyn Executor, &connection] {
        let error = insert(on, &table, 1).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidQuery);
        assert!(error.to_string().contains("savepoint's own handle"), "{error}");
    }
    insert(&savepoint, &table, 2).await.unwrap();
    savepoint.rollback().await.unwrap();
    insert(&tx, &table, 3).await.unwrap();
    insert(&connection, &table, 4).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(ids(&db, &table).await, [3, 4]);
    db.batch(&format!("DROP TABLE {table}")).await.unwrap();
}

#[tokio::test]
async fn bug_a_write_that_was_on_its_way_was_taken_back_with_a_savepoint_begun_meanwhile() {
    let db = database().await;
    let table = table(&db).await;
    let tx = db.begin().await.unwrap();
    // Not prepared yet, so that its execution is sent after the first round trip.
    let write = insert(&tx, &table, 1);
    let fails = tx.transaction(async |sp| {
        insert(sp, &table, 2).await?;
        Err::<(), _>(own())
    });
    let (written, failed) = tokio::join!(write, fails);
    written.unwrap();
    assert_eq!(failed.unwrap_err().kind(), ErrorKind::NotFound);
    tx.commit().await.unwrap();
    assert_eq!(ids(&db, &table).await, [1]);
    db.batch(&format!("DROP TABLE {table}")).await.unwrap();
}

#[tokio::test]
async fn using_the_transaction_inside_its_savepoints_closure_is_an_error_and_no_hang() {
    let db = builder()
        .wait_timeout(Duration::from_millis(300))
        .connect()
        .await
        .unwrap();
    let tx = db.begin().await.unwrap();
    let error = tx
        .transaction(async |_| execute(&tx, "SELECT 1").await)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidQuery);
    let error = tx
        .transaction(async |_| tx.transaction(async |sp| execute(sp, "SELECT 1").await).await)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.to_string().contains("wait_timeout"), "{error}");
    tx.transaction(async |sp| execute(sp, "SELECT 1").await).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn bug_a_savepoint_dropped_after_the_one_around_it_aborted_the_transaction() {
    let db = database().await;
    let table = table(&db).await;
    let tx = db.begin().await.unwrap();
    let outer = tx.begin().await.unwrap();
    let inner = outer.begin().await.unwrap();
    let (innermost, released) = (inner.begin().await.unwrap(), async |sp: Transaction| sp.commit().await);
    drop(outer);
    assert_eq!(
        insert(&inner, &table, 1).await.unwrap_err().kind(),
        ErrorKind::InvalidQuery
    );
    assert_eq!(released(innermost).await.unwrap_err().kind(), ErrorKind::InvalidQuery);
    drop(inner);
    insert(&tx, &table, 2).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(ids(&db, &table).await, [2]);
    db.batch(&format!("DROP TABLE {table}")).await.unwrap();
}

#[tokio::test]
async fn bug_rolling_back_a_savepoint_said_ok_for_work_that_was_committed() {
    let db = database().await;
    let table = table(&db).await;
    let tx = db.begin().await.unwrap();
    let savepoint = tx.begin().await.unwrap();
    insert(&savepoint, &table, 1).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(savepoint.rollback().await.unwrap_err().kind(), ErrorKind::InvalidQuery);
    assert_eq!(ids(&db, &table).await, [1]);
    let tx = db.begin().await.unwrap();
    let savepoint = tx.begin().await.unwrap();
    insert(&savepoint, &table, 2).await.unwrap();
    tx.rollback().await.unwrap();
    savepoint.rollback().await.unwrap();
    assert_eq!(ids(&db, &table).await, [1]);
    db.batch(&format!("DROP TABLE {table}")).await.unwrap();
}

const CONFLICT: &str = "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40001', MESSAGE = 'a test''s own'; END $$";

#[tokio::test]
async fn bug_a_conflict_that_was_dealt_with_in_a_savepoint_made_the_transaction_run_again() {
    let db = database().await;
    let tries = &AtomicU32::new(0);
    let error = db
        .transaction_with()
        .retry(3)
        .run(|tx| async move {
            tries.fetch_add(1, Ordering::Relaxed);
            assert!(tx.transaction(async |sp| sp.batch(CONFLICT).await).await.is_err());
            execute(&tx, "SELECT 1").await?;
            Err::<(), _>(own())
        })
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(tries.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_conflict_in_a_savepoint_that_leaves_the_transaction_makes_it_run_again() {
    let db = database().await;
    for rolls_back in [true, false] {
        let tries = &AtomicU32::new(0);
        let error = db
            .transaction_with()
            .retry(2)
            .run(|tx| async move {
                tries.fetch_add(1, Ordering::Relaxed);
                if rolls_back {
                    return tx.transaction(async |sp| sp.batch(CONFLICT).await).await;
                }
                let dropped = tx.begin().await?;
                dropped.batch(CONFLICT).await
            })
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SerializationFailure);
        assert_eq!(tries.load(Ordering::Relaxed), 3);
    }
}

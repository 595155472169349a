//! Transactions and savepoints.

use orm_core::{Error, ErrorKind, Executor, Isolation, Transaction, TransactionOptions};

use crate::support::*;

async fn table(on: &dyn Executor) -> String {
    let table = unique("tx");
    on.batch(&format!("CREATE TABLE {table} (id int8)")).await.unwrap();
    table
}

async fn insert(on: &dyn Executor, table: &str, id: i64) {
    let statement = with(sql(format!("INSERT INTO {table} VALUES ($1)")), id);
    on.run(&statement, &mut Ignore).await.unwrap();
}

async fn ids(on: &dyn Executor, table: &str) -> Vec<i64> {
    all(on, &sql(format!("SELECT id FROM {table} ORDER BY id")))
        .await
        .unwrap()
}

#[tokio::test]
async fn a_closure_commits_on_ok_and_rolls_back_on_err() {
    let db = database().await;
    let table = table(&db).await;
    let id = db
        .transaction(async |tx| {
            insert(tx, &table, 1).await;
            Ok(7)
        })
        .await
        .unwrap();
    assert_eq!(id, 7);
    let error = db
        .transaction(async |tx| {
            insert(tx, &table, 2).await;
            Err::<(), _>(Error::new(ErrorKind::NotFound, "a test's own"))
        })
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(ids(&db, &table).await, [1]);
    db.batch(&format!("DROP TABLE {table}")).await.unwrap();
}

#[tokio::test]
async fn savepoints_nest_to_any_depth_and_keep_the_outer_ones_usable() {
    async fn nest(tx: &Transaction, table: &str, depth: i64) {
        insert(tx, table, depth).await;
        if depth < 8 {
            let inner = tx.begin().await.unwrap();
            Box::pin(nest(&inner, table, depth + 1)).await;
            if depth == 4 {
                inner.rollback().await.unwrap();
            } else {
                inner.commit().await.unwrap();
            }
        }
    }
    let db = database().await;
    let table = table(&db).await;
    let tx = db.begin().await.unwrap();
    nest(&tx, &table, 0).await;
    drop(tx.begin().await.unwrap());
    insert(&tx, &table, 100).await;
    tx.commit().await.unwrap();
    assert_eq!(ids(&db, &table).await, [0, 1, 2, 3, 4, 100]);
    db.batch(&format!("DROP TABLE {table}")).await.unwrap();
}

#[tokio::test]
async fn a_savepoint_dropped_unfinished_takes_back_only_its_own() {
    let db = database().await;
    let table = table(&db).await;
    let tx = db.begin().await.unwrap();
    insert(&tx, &table, 1).await;
    {
        let inner = tx.begin().await.unwrap();
        insert(&inner, &table, 2).await;
        assert!(execute(&inner, "SELECT 1 / 0").await.is_err());
    }
    insert(&tx, &table, 3).await;
    tx.commit().await.unwrap();
    assert_eq!(ids(&db, &table).await, [1, 3]);
    db.batch(&format!("DROP TABLE {table}")).await.unwrap();
}

#[tokio::test]
async fn a_savepoint_that_outlives_its_transaction_is_refused_and_harms_nobody() {
    let db = database().await;
    let connection = db.connection().await.unwrap();
    let tx = connection.begin().await.unwrap();
    let inner = tx.begin().await.unwrap();
    let other = inner.begin().await.unwrap();
    tx.commit().await.unwrap();
    let next = connection.begin().await.unwrap();
    assert_eq!(
        execute(&inner, "SELECT 1").await.unwrap_err().kind(),
        ErrorKind::InvalidQuery
    );
    assert_eq!(other.commit().await.unwrap_err().kind(), ErrorKind::InvalidQuery);
    drop(inner);
    assert_eq!(one::<i32>(&next, "SELECT 2").await, 2);
    next.commit().await.unwrap();
}

#[tokio::test]
async fn a_connection_begins_one_transaction_at_a_time() {
    let db = database().await;
    let connection = db.connection().await.unwrap();
    let first = connection.begin().await.unwrap();
    let error = connection.begin().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidQuery);
    assert!(error.to_string().contains("savepoint"), "{error}");
    first.rollback().await.unwrap();
    connection.begin().await.unwrap().commit().await.unwrap();
}

#[tokio::test]
async fn isolation_and_modes_are_the_servers() {
    let db = database().await;
    let options = TransactionOptions {
        isolation: Some(Isolation::Serializable),
        read_only: true,
        deferrable: true,
    };
    let tx = db.begin_with(options).await.unwrap();
    assert_eq!(
        one::<String>(&tx, "SELECT current_setting('transaction_isolation')").await,
        "serializable"
    );
    assert_eq!(
        one::<String>(&tx, "SELECT current_setting('transaction_read_only')").await,
        "on"
    );
    assert_eq!(
        one::<String>(&tx, "SELECT current_setting('transaction_deferrable')").await,
        "on"
    );
    assert_eq!(
        Executor::begin_with(&tx, options).await.unwrap_err().kind(),
        ErrorKind::InvalidQuery
    );
}

#[tokio::test]
async fn statements_of_one_transaction_run_at_the_same_time() {
    let db = database().await;
    let sum = db
        .transaction(async |tx| {
            let (a, b) = (sql("SELECT 1"), sql("SELECT 2"));
            let (a, b) = tokio::try_join!(all::<i32>(tx, &a), all::<i32>(tx, &b))?;
            Ok(a[0] + b[0])
        })
        .await
        .unwrap();
    assert_eq!(sum, 3);
}

#[tokio::test]
async fn a_dropped_transaction_lets_go_of_its_locks_at_once() {
    let watched = Watched::new(2).await;
    let table = table(&watched.admin).await;
    let tx = watched.db.begin().await.unwrap();
    execute(&tx, &format!("LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"))
        .await
        .unwrap();
    drop(tx);
    // The pool is not asked for that connection again: the rollback went out by itself.
    watched.is_at_rest().await;
    watched.admin.batch(&format!("DROP TABLE {table}")).await.unwrap();
}

#[tokio::test]
async fn bug_a_commit_ended_the_transaction_that_a_text_had_begun() {
    let db = database().await;
    let table = table(&db).await;
    let connection = db.connection().await.unwrap();
    for failed in [false, true] {
        connection.batch("BEGIN").await.unwrap();
        insert(&connection, &table, 1).await;
        if failed {
            assert!(execute(&connection, "SELECT 1 / 0").await.is_err());
        }
        let error = connection.begin().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidQuery);
        assert!(error.to_string().contains("`BEGIN`"), "{error}");
        connection.batch("ROLLBACK").await.unwrap();
    }
    execute(&connection, "BEGIN").await.unwrap();
    assert_eq!(connection.begin().await.unwrap_err().kind(), ErrorKind::InvalidQuery);
    execute(&connection, "ROLLBACK").await.unwrap();
    connection.batch("BEGIN; SELECT 1; COMMIT").await.unwrap();
    let tx = connection.begin().await.unwrap();
    let error = Executor::begin_with(&connection, TransactionOptions::default())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidQuery);
    assert!(error.to_string().contains("savepoint"), "{error}");
    assert!(connection.is_transaction(), "so that nobody needs to begin one");
    insert(&tx, &table, 2).await;
    tx.commit().await.unwrap();
    assert!(!connection.is_transaction());
    assert_eq!(ids(&db, &table).await, [2]);
    db.batch(&format!("DROP TABLE {table}")).await.unwrap();
}

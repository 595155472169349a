//! The outcomes of a commit: saved, not saved, unknown. Never a false `Ok`.

use std::time::Duration;

use orm_core::{ErrorKind, Executor};

use crate::support::*;

#[tokio::test]
async fn a_commit_after_a_failed_statement_is_an_error() {
    let watched = Watched::new(1).await;
    let tx = watched.db.begin().await.unwrap();
    assert!(execute(&tx, "SELECT 1 / 0").await.is_err());
    assert_eq!(tx.commit().await.unwrap_err().kind(), ErrorKind::TransactionAborted);
    watched.is_at_rest().await;
    watched.is_whole().await;
}

#[tokio::test]
async fn releasing_a_savepoint_after_a_failed_statement_is_an_error_and_keeps_the_rest() {
    let watched = Watched::new(1).await;
    let tx = watched.db.begin().await.unwrap();
    let inner = tx.begin().await.unwrap();
    assert!(execute(&inner, "SELECT 1 / 0").await.is_err());
    assert_eq!(inner.commit().await.unwrap_err().kind(), ErrorKind::TransactionAborted);
    assert_eq!(one::<i32>(&tx, "SELECT 5").await, 5);
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_deferred_constraint_fails_the_commit_with_its_own_error() {
    let watched = Watched::new(1).await;
    let table = unique("deferred");
    let ddl = format!("CREATE TABLE {table} (id int8 UNIQUE DEFERRABLE INITIALLY DEFERRED)");
    watched.admin.batch(&ddl).await.unwrap();
    let tx = watched.db.begin().await.unwrap();
    execute(&tx, &format!("INSERT INTO {table} VALUES (1), (1)"))
        .await
        .unwrap();
    assert_eq!(tx.commit().await.unwrap_err().kind(), ErrorKind::UniqueViolation);
    watched.is_at_rest().await;
    watched.is_whole().await;
    watched.admin.batch(&format!("DROP TABLE {table}")).await.unwrap();
}

#[tokio::test]
async fn a_connection_lost_during_commit_leaves_the_outcome_unknown() {
    let watched = Watched::new(1).await;
    let table = unique("unknown");
    watched
        .admin
        .batch(&format!(
            "CREATE TABLE {table} (id int8);
             CREATE FUNCTION {table}_slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(50); RETURN NULL; END';
             CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON {table} DEFERRABLE INITIALLY DEFERRED
             FOR EACH ROW EXECUTE FUNCTION {table}_slow()"
        ))
        .await
        .unwrap();
    let tx = watched.db.begin().await.unwrap();
    execute(&tx, &format!("INSERT INTO {table} VALUES (1)")).await.unwrap();
    let kill = async {
        watched.runs("COMMIT").await;
        watched.terminate().await;
    };
    let (committed, ()) = tokio::join!(tx.commit(), kill);
    assert_eq!(committed.unwrap_err().kind(), ErrorKind::CommitUnknown);
    watched.is_whole().await;
    watched
        .admin
        .batch(&format!("DROP TABLE {table}; DROP FUNCTION {table}_slow()"))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_connection_lost_before_commit_has_saved_nothing_and_says_why() {
    let watched = Watched::new(1).await;
    let tx = watched.db.begin().await.unwrap();
    // Not by the builder: on a busy machine the limit could pass between BEGIN and the first statement.
    execute(&tx, "SET LOCAL idle_in_transaction_session_timeout = 100")
        .await
        .unwrap();
    watched.has_sessions(0).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    let error = tx.commit().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionLost);
    assert!(error.to_string().contains("idle-in-transaction"), "{error}");
    assert_eq!(one::<i32>(&watched.db, "SELECT 3").await, 3);
}

#[tokio::test]
async fn bug_a_commit_said_ok_for_a_transaction_that_a_text_had_rolled_back() {
    let watched = Watched::new(1).await;
    let table = unique("raw_rollback");
    watched
        .admin
        .batch(&format!("CREATE TABLE {table} (id int8)"))
        .await
        .unwrap();
    let tx = watched.db.begin().await.unwrap();
    execute(&tx, &format!("INSERT INTO {table} VALUES (1)")).await.unwrap();
    tx.batch("ROLLBACK").await.unwrap();
    let error = tx.commit().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidQuery);
    assert!(error.to_string().contains("ROLLBACK"), "{error}");
    watched.is_at_rest().await;
    watched.is_whole().await;
    watched.admin.batch(&format!("DROP TABLE {table}")).await.unwrap();
}

#[tokio::test]
async fn a_commit_that_failed_leaves_its_connection_outside_of_a_transaction() {
    let watched = Watched::new(1).await;
    let connection = watched.db.connection().await.unwrap();
    let tx = connection.begin().await.unwrap();
    execute(
        &tx,
        "CREATE TEMP TABLE temporary (id int8 UNIQUE DEFERRABLE INITIALLY DEFERRED)",
    )
    .await
    .unwrap();
    execute(&tx, "INSERT INTO temporary VALUES (1), (1)").await.unwrap();
    assert_eq!(tx.commit().await.unwrap_err().kind(), ErrorKind::UniqueViolation);
    watched.is_at_rest().await;
    // An error of the program's own, whatever its code: the connection lives, so the outcome is known.
    let tx = connection.begin().await.unwrap();
    tx.batch(
        "CREATE TEMP TABLE raising (id int8);
         CREATE FUNCTION pg_temp.raise() RETURNS trigger LANGUAGE plpgsql AS
             'BEGIN RAISE EXCEPTION USING ERRCODE = ''08006''; END';
         CREATE CONSTRAINT TRIGGER late AFTER INSERT ON raising DEFERRABLE INITIALLY DEFERRED
             FOR EACH ROW EXECUTE FUNCTION pg_temp.raise();
         INSERT INTO raising VALUES (1)",
    )
    .await
    .unwrap();
    assert_eq!(tx.commit().await.unwrap_err().sqlstate(), Some("08006"));
    connection.begin().await.unwrap().commit().await.unwrap();
}

#[tokio::test]
async fn bug_the_end_of_the_connection_by_the_server_was_told_as_another_kind() {
    let db = database().await;
    for (code, kind) in [
        ("57P04", ErrorKind::ConnectionLost),
        ("57P05", ErrorKind::ConnectionLost),
        ("25P03", ErrorKind::ConnectionLost),
        ("08P01", ErrorKind::Database),
        ("08006", ErrorKind::ConnectionLost),
    ] {
        let raise = format!("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{code}'; END $$");
        assert_eq!(db.batch(&raise).await.unwrap_err().kind(), kind, "{code}");
    }
    let watched = Watched::new(1).await;
    let connection = watched.db.connection().await.unwrap();
    let (lost, ()) = tokio::join!(execute(&connection, LONG), async {
        watched.runs("pg_sleep").await;
        watched.terminate().await;
    });
    assert_eq!(lost.unwrap_err().kind(), ErrorKind::ConnectionLost);
}

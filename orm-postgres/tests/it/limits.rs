//! Each time limit, when it is reached: which one it was, by what kind, and what is left behind.

use std::time::Duration;

use orm_core::{Error, ErrorKind, Executor};
use orm_postgres::{CloseReason, Database};

use crate::proxy::Proxy;
use crate::secure::{PASSWORD, USER, secure};
use crate::support::*;

const SHORT: Duration = Duration::from_millis(100);
/// Where something must go well within it, on a busy machine too.
const LONGER: Duration = Duration::from_secs(2);

fn names(error: &Error, kind: ErrorKind, limit: &str) {
    assert_eq!(error.kind(), kind, "{error}");
    assert!(error.to_string().contains(&format!("`{limit}`")), "{error}");
}

#[tokio::test]
async fn a_statement_that_runs_for_too_long_names_the_statement_timeout() {
    let db = builder().statement_timeout(LONGER).connect().await.unwrap();
    let error = execute(&db, LONG).await.unwrap_err();
    names(&error, ErrorKind::QueryCanceled, "statement_timeout");
    assert_eq!(one::<i32>(&db, "SELECT 1").await, 1);
}

#[tokio::test]
async fn a_lock_that_is_not_given_names_the_lock_timeout_and_not_the_statements() {
    let db = builder().lock_timeout(SHORT).max_size(2).connect().await.unwrap();
    let table = unique("locked");
    db.batch(&format!("CREATE TABLE {table} (id int4)")).await.unwrap();
    let holder = db.begin().await.unwrap();
    holder.batch(&format!("LOCK TABLE {table}")).await.unwrap();
    let error = execute(&db, &format!("SELECT id FROM {table}")).await.unwrap_err();
    names(&error, ErrorKind::LockNotAvailable, "lock_timeout");
    holder.rollback().await.unwrap();
    execute(&db, &format!("DROP TABLE {table}")).await.unwrap();
}

#[tokio::test]
async fn a_lock_that_is_not_waited_for_is_of_the_same_kind() {
    let db = builder().max_size(2).connect().await.unwrap();
    let table = unique("nowait");
    db.batch(&format!("CREATE TABLE {table} (id int4)")).await.unwrap();
    let holder = db.begin().await.unwrap();
    holder.batch(&format!("LOCK TABLE {table}")).await.unwrap();
    let other = db.begin().await.unwrap();
    let error = other.batch(&format!("LOCK TABLE {table} NOWAIT")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LockNotAvailable);
}

#[tokio::test]
async fn a_transaction_that_does_nothing_for_too_long_is_ended_and_says_why() {
    let db = builder()
        .idle_in_transaction_timeout(LONGER)
        .max_size(1)
        .connect()
        .await
        .unwrap();
    let admin = database().await;
    let tx = db.begin().await.unwrap();
    let pid = one::<i32>(&tx, "SELECT pg_backend_pid()").await;
    becomes_zero(
        &admin,
        &format!("SELECT count(*) FROM pg_stat_activity WHERE pid = {pid}"),
    )
    .await;
    let error = execute(&tx, "SELECT 1").await.unwrap_err();
    names(&error, ErrorKind::ConnectionLost, "idle_in_transaction_timeout");
    drop(tx);
    assert_eq!(one::<i32>(&db, "SELECT 1").await, 1);
}

#[tokio::test]
async fn a_connection_that_cannot_be_opened_in_time_names_the_connect_timeout() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = listener.local_addr().unwrap();
    let db = Database::builder()
        .url(&format!("postgres://u:p@{silent}/d"))
        .connect_timeout(SHORT);
    names(&db.connect().await.unwrap_err(), ErrorKind::Connect, "connect_timeout");
}

#[tokio::test]
async fn a_password_provider_that_takes_too_long_is_in_the_connect_timeout() {
    let db = builder().connect_timeout(SHORT).password_provider(async || {
        tokio::time::sleep(Duration::from_secs(50)).await;
        Ok::<_, std::io::Error>(String::new())
    });
    let error = db.connect().await.unwrap_err();
    names(&error, ErrorKind::Connect, "connect_timeout");
    assert!(error.to_string().contains("password provider"), "{error}");
}

#[tokio::test]
async fn a_connection_that_gives_no_sign_of_life_in_time_is_replaced_and_its_borrower_sees_no_error() {
    let proxy = Proxy::to(&secure().await.address);
    let url = format!("postgres://{USER}:{PASSWORD}@{}/postgres", proxy.address);
    let builder = Database::builder()
        .url(&url)
        .max_size(1)
        .recycle_timeout(Duration::from_secs(3));
    let db = builder.validate_after(Duration::ZERO).connect().await.unwrap();
    proxy.falls_silent();
    assert_eq!(one::<i32>(&db, "SELECT 1").await, 1);
    let counters = db.status().counters;
    assert_eq!((counters.closed_by(CloseReason::Unproven), counters.connected), (1, 2));
}

#[tokio::test]
async fn limits_are_finite_by_default_and_can_be_removed() {
    let settings = "SELECT concat_ws(' ', current_setting('statement_timeout'), current_setting('lock_timeout'),
         current_setting('idle_in_transaction_session_timeout'))";
    let db = builder().connect().await.unwrap();
    assert_eq!(one::<String>(&db, settings).await, "1min 30s 1min");
    let db = builder()
        .statement_timeout(None)
        .lock_timeout(None)
        .idle_in_transaction_timeout(None)
        .connect()
        .await
        .unwrap();
    assert_eq!(one::<String>(&db, settings).await, "0 0 0");
    let url = format!(
        "{}?lock_timeout=1500ms&statement_timeout=2min&idle_in_transaction_timeout=0",
        url()
    );
    let db = Database::connect(&url).await.unwrap();
    assert_eq!(one::<String>(&db, settings).await, "2min 1500ms 0");
}

#[tokio::test]
async fn defaults_of_transactions_are_the_sessions_and_survive_a_reset() {
    use orm_core::Isolation;
    let db = builder()
        .default_isolation(Isolation::RepeatableRead)
        .default_read_only(true)
        .max_size(1)
        .connect()
        .await
        .unwrap();
    let settings =
        "SELECT concat_ws(', ', current_setting('transaction_isolation'), current_setting('transaction_read_only'))";
    assert_eq!(one::<String>(&db, settings).await, "repeatable read, on");
    db.batch("SET default_transaction_read_only = off").await.unwrap();
    assert_eq!(one::<String>(&db, settings).await, "repeatable read, on");
    let tx = db.begin().await.unwrap();
    assert_eq!(one::<String>(&tx, settings).await, "repeatable read, on");
}

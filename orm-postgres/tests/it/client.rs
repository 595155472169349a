//! The raw door: tokio-postgres' client of a held connection.

use futures_util::StreamExt;
use orm_core::{ErrorKind, Executor};
use orm_postgres::Database;

use crate::support::*;

async fn table(on: &dyn Executor) -> String {
    let table = unique("raw");
    on.batch(&format!("CREATE TABLE {table} (id int4)")).await.unwrap();
    table
}

async fn count(on: &dyn Executor, table: &str) -> i64 {
    one(on, &format!("SELECT count(*) FROM {table}")).await
}

async fn pid(db: &Database) -> i32 {
    one(db, "SELECT pg_backend_pid()").await
}

#[tokio::test]
async fn it_answers_and_its_connection_is_kept() {
    let watched = Watched::new(1).await;
    let mut kept = 0;
    for n in 0..20 {
        let before = pid(&watched.db).await;
        let connection = watched.db.connection().await.unwrap();
        let client = connection.client().await.unwrap();
        let rows = client.query("SELECT $1::int4 + 1", &[&n]).await.unwrap();
        assert_eq!(rows[0].get::<_, i32>(0), n + 1);
        assert_eq!(one::<i32>(&connection, "SELECT 7").await, 7);
        drop(connection);
        kept += i32::from(pid(&watched.db).await == before);
    }
    // Where the machine is busy, the proof may take longer than it is waited for.
    assert!(kept > 0);
    watched.is_whole().await;
}

#[tokio::test]
async fn in_a_transaction_it_is_part_of_that() {
    let watched = Watched::new(1).await;
    let table = table(&watched.admin).await;
    let insert = format!("INSERT INTO {table} VALUES (1)");
    let connection = watched.db.connection().await.unwrap();
    for commits in [true, false] {
        // Also a transaction that begins after the client was given out.
        for _ in 0..2 {
            let tx = connection.begin().await.unwrap();
            let client = connection.client().await.unwrap();
            client.execute(&*insert, &[]).await.unwrap();
            let savepoint = tx.begin().await.unwrap();
            execute(&savepoint, &insert).await.unwrap();
            savepoint.commit().await.unwrap();
            assert_eq!(count(&tx, &table).await % 2, 0);
            match commits {
                true => tx.commit().await.unwrap(),
                false => tx.rollback().await.unwrap(),
            }
        }
        assert_eq!(count(&watched.admin, &table).await, 4);
    }
    drop(connection);
    watched.admin.batch(&format!("DROP TABLE {table}")).await.unwrap();
}

#[tokio::test]
async fn a_savepoint_has_its_connection_for_itself() {
    let db = database().await;
    let connection = db.connection().await.unwrap();
    let tx = connection.begin().await.unwrap();
    let savepoint = tx.begin().await.unwrap();
    assert_eq!(connection.client().await.err().unwrap().kind(), ErrorKind::InvalidQuery);
    savepoint.commit().await.unwrap();
    connection.client().await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn what_it_leaves_behind_is_undone() {
    let watched = Watched::new(1).await;
    let table = table(&watched.admin).await;
    let insert = format!("BEGIN; INSERT INTO {table} VALUES (1)");
    let temporary = unique("temporary");
    let make_temporary = format!("CREATE TEMP TABLE {temporary} ()");
    for text in [
        insert.as_str(),
        "BEGIN; SELECT 1/0",
        "SET ROLE pg_monitor",
        "SET search_path = nowhere; SET statement_timeout = 17",
        "SELECT pg_advisory_lock(7001)",
        &make_temporary,
        "LISTEN raw",
        "PREPARE \"a \"\"plan\" AS SELECT 1; PREPARE b AS SELECT 2",
        "DECLARE c CURSOR WITH HOLD FOR SELECT 1",
        "DEALLOCATE ALL",
        "DISCARD ALL",
    ] {
        let connection = watched.db.connection().await.unwrap();
        assert_eq!(one::<i32>(&connection, "SELECT 41").await, 41);
        let client = connection.client().await.unwrap();
        let _ = client.batch_execute(text).await;
        drop(connection);
        let left = format!(
            "SELECT concat_ws(' ', current_user = session_user, current_setting('search_path'),
                current_setting('statement_timeout'), to_regclass('{temporary}'),
                (SELECT count(*) FROM pg_listening_channels()), (SELECT count(*) FROM pg_cursors WHERE name <> ''),
                (SELECT count(*) FROM pg_prepared_statements WHERE from_sql),
                (SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory'))"
        );
        let left: String = one(&watched.db, &left).await;
        assert_eq!(left, "t \"$user\", public 1min 0 0 0 0", "after {text}");
        let tx = watched.db.begin().await.unwrap();
        assert_eq!(one::<i32>(&tx, "SELECT 41").await, 41, "after {text}");
        tx.commit().await.unwrap();
        assert_eq!(count(&watched.db, &table).await, 0, "after {text}");
        watched.has_no_lock(7001).await;
    }
    watched.is_at_rest().await;
    watched.admin.batch(&format!("DROP TABLE {table}")).await.unwrap();
}

#[tokio::test]
async fn a_future_of_it_that_is_dropped_while_it_runs_is_cancelled() {
    let watched = Watched::new(1).await;
    let connection = watched.db.connection().await.unwrap();
    let client = connection.client().await.unwrap();
    let running = async {
        client
            .batch_execute("SELECT pg_advisory_lock(7002), pg_sleep(50)")
            .await
    };
    tokio::select! {
        () = watched.runs("pg_sleep(50)") => {}
        other = running => panic!("{other:?}"),
    }
    drop(connection);
    watched.is_at_rest().await;
    watched.has_no_lock(7002).await;
    watched.is_whole().await;
}

#[tokio::test]
async fn a_stream_of_it_that_outlives_the_connection_does_not_hang_the_next_borrower() {
    let watched = Watched::new(1).await;
    let table = table(&watched.admin).await;
    let connection = watched.db.connection().await.unwrap();
    let client = connection.client().await.unwrap();
    let none: [&str; 0] = [];
    let rows = client.query_raw("SELECT repeat('x', 1000) FROM generate_series(1, 100000)", none);
    let mut rows = Box::pin(rows.await.unwrap());
    assert!(rows.next().await.unwrap().is_ok());
    drop(connection);
    watched.is_whole().await;
    drop(rows);

    let connection = watched.db.connection().await.unwrap();
    let client = connection.client().await.unwrap();
    let copy = format!("COPY {table} FROM STDIN");
    let sink: tokio_postgres::CopyInSink<bytes::Bytes> = client.copy_in(&*copy).await.unwrap();
    drop(connection);
    watched.is_whole().await;
    drop(sink);
    assert_eq!(count(&watched.db, &table).await, 0);
    watched.is_at_rest().await;
    watched.admin.batch(&format!("DROP TABLE {table}")).await.unwrap();
}

#[tokio::test]
async fn a_transaction_that_was_ended_by_hand_is_found_out_at_the_commit() {
    let watched = Watched::new(1).await;
    let table = table(&watched.admin).await;
    let (ours, theirs) = (
        format!("INSERT INTO {table} VALUES (1)"),
        format!("BEGIN; INSERT INTO {table} VALUES (2)"),
    );
    let connection = watched.db.connection().await.unwrap();
    for (first, saved) in [("COMMIT", 1), ("ROLLBACK", 0)] {
        for second in ["", theirs.as_str()] {
            let tx = connection.begin().await.unwrap();
            execute(&tx, &ours).await.unwrap();
            let client = connection.client().await.unwrap();
            client.batch_execute(first).await.unwrap();
            client.batch_execute(second).await.unwrap();
            let error = tx.commit().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidQuery, "{first}; {second}: {error}");
            assert!(error.to_string().contains("had been ended before"), "{error}");
            let sum = format!("SELECT coalesce(sum(id), 0) FROM {table}");
            assert_eq!(one::<i64>(&watched.admin, &sum).await, saved, "{first}; {second}");
            watched.is_at_rest().await;
            watched.admin.batch(&format!("TRUNCATE {table}")).await.unwrap();
        }
    }
    drop(connection);
    watched.is_whole().await;
    watched.admin.batch(&format!("DROP TABLE {table}")).await.unwrap();
}

#[tokio::test]
async fn a_transaction_that_was_begun_by_hand_is_not_taken_for_ours() {
    let db = database().await;
    let connection = db.connection().await.unwrap();
    let client = connection.client().await.unwrap();
    client.batch_execute("BEGIN").await.unwrap();
    assert_eq!(connection.begin().await.unwrap_err().kind(), ErrorKind::InvalidQuery);
    client.batch_execute("COMMIT").await.unwrap();
    connection.begin().await.unwrap().commit().await.unwrap();
    client.batch_execute("BEGIN").await.unwrap();
    assert_eq!(connection.begin().await.unwrap_err().kind(), ErrorKind::InvalidQuery);
}

#[tokio::test]
async fn a_connection_given_back_in_the_middle_of_anything_leaves_the_pool_whole() {
    let watched = Watched::new(2).await;
    let table = table(&watched.admin).await;
    for polls in 0..40 {
        let work = async {
            let connection = watched.db.connection().await.unwrap();
            let client = connection.client().await.unwrap();
            client
                .batch_execute(&format!("BEGIN; INSERT INTO {table} VALUES (1)"))
                .await
                .unwrap();
            client.query("SELECT $1::text", &[&"x"]).await.unwrap();
            client.batch_execute("ROLLBACK").await.unwrap();
        };
        let _ = dropped_after(polls, work).await;
        watched.is_whole().await;
        watched.is_at_rest().await;
        assert_eq!(count(&watched.db, &table).await, 0);
    }
    watched.admin.batch(&format!("DROP TABLE {table}")).await.unwrap();
}

#[tokio::test]
async fn a_runtime_that_ends_with_it_leaves_nothing_open() {
    let watched = Watched::new(1).await;
    let name = unique("ends");
    let url = url();
    let application = name.clone();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .unwrap();
        let connection = runtime.block_on(async {
            let db = Database::builder()
                .url(url)
                .application_name(application)
                .connect()
                .await
                .unwrap();
            let connection = db.connection().await.unwrap();
            let client = connection.client().await.unwrap();
            client
                .batch_execute("BEGIN; SELECT pg_advisory_xact_lock(7003)")
                .await
                .unwrap();
            connection
        });
        drop(runtime);
        drop(connection);
    })
    .join()
    .unwrap();
    let text = format!("SELECT count(*) FROM pg_stat_activity WHERE application_name = '{name}'");
    becomes_zero(&watched.admin, &text).await;
    watched.has_no_lock(7003).await;
}

//! `open`: rows piece by piece.

use std::sync::Arc;

use orm_core::{ErrorKind, Executor};

use crate::support::*;

async fn read(on: &dyn Executor, text: &str) -> Vec<i32> {
    let mut rows = First::<i32>::default();
    let mut source = on.open(sql(text)).await.unwrap();
    let mut pieces = 0;
    while source.next(&mut rows).await.unwrap() {
        pieces += 1;
    }
    assert!(!source.next(&mut rows).await.unwrap(), "it stays at its end");
    assert!(pieces >= rows.rows.len() / 256);
    rows.rows
}

const THOUSAND: &str = "SELECT n FROM generate_series(1, 1000) n";

#[tokio::test]
async fn all_rows_come_in_order_wherever_it_is_opened() {
    let watched = Watched::new(2).await;
    let expected: Vec<i32> = (1..=1000).collect();
    assert_eq!(read(&watched.db, THOUSAND).await, expected);
    let connection = watched.db.connection().await.unwrap();
    assert_eq!(read(&connection, THOUSAND).await, expected);
    assert_eq!(
        one::<i64>(&connection, "SELECT count(*) FROM pg_cursors WHERE name LIKE 'orm%'").await,
        0
    );
    let tx = connection.begin().await.unwrap();
    assert_eq!(read(&tx, THOUSAND).await, expected);
    assert_eq!(
        one::<i64>(&tx, "SELECT count(*) FROM pg_cursors WHERE name LIKE 'orm%'").await,
        0
    );
    tx.commit().await.unwrap();
    drop(connection);
    watched.is_at_rest().await;
    assert_eq!(read(&watched.db, "SELECT 1 WHERE false").await, Vec::<i32>::new());
    assert_eq!(
        read(&watched.db, "SELECT n FROM generate_series(1, 512) n").await.len(),
        512
    );
}

#[tokio::test]
async fn parameters_are_bound() {
    let db = database().await;
    let statement = with(sql("SELECT n::int8 FROM generate_series(1, 10) n WHERE n > $1"), 7i64);
    let mut rows = First::<i64>::default();
    let mut source = db.open(statement).await.unwrap();
    while source.next(&mut rows).await.unwrap() {}
    assert_eq!(rows.rows, [8, 9, 10]);
}

#[tokio::test]
async fn an_open_stream_does_not_hang_other_statements() {
    let db = database().await;
    let connection = db.connection().await.unwrap();
    let tx = db.begin().await.unwrap();
    for on in [&connection as &dyn Executor, &tx] {
        let mut rows = First::<i32>::default();
        let mut source = on
            .open(sql("SELECT n FROM generate_series(1, 100000) n"))
            .await
            .unwrap();
        assert!(source.next(&mut rows).await.unwrap());
        assert_eq!(one::<i32>(on, "SELECT 9").await, 9);
        assert!(source.next(&mut rows).await.unwrap());
        assert_eq!(rows.rows.len(), 512);
        drop(source);
        assert_eq!(
            one::<i64>(on, "SELECT count(*) FROM pg_cursors WHERE name LIKE 'orm%'").await,
            0
        );
    }
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn dropped_midway_it_keeps_the_connection() {
    let watched = Watched::new(1).await;
    let before: i32 = one(&watched.db, "SELECT pg_backend_pid()").await;
    {
        let mut rows = First::<i32>::default();
        let mut source = watched.db.open(sql(THOUSAND)).await.unwrap();
        assert!(source.next(&mut rows).await.unwrap());
    }
    watched.is_at_rest().await;
    assert_eq!(one::<i32>(&watched.db, "SELECT pg_backend_pid()").await, before);
}

#[tokio::test]
async fn a_stream_over_a_held_connection_stays_out_of_its_writes() {
    let db = database().await;
    let table = unique("held");
    db.batch(&format!("CREATE TABLE {table} (id int4)")).await.unwrap();
    let connection = db.connection().await.unwrap();
    let mut rows = First::<i32>::default();
    let mut source = connection.open(sql(THOUSAND)).await.unwrap();
    assert!(source.next(&mut rows).await.unwrap());
    execute(&connection, &format!("INSERT INTO {table} VALUES (1)"))
        .await
        .unwrap();
    drop(source);
    assert_eq!(one::<i64>(&db, &format!("SELECT count(*) FROM {table}")).await, 1);
    db.batch(&format!("DROP TABLE {table}")).await.unwrap();
}

#[tokio::test]
async fn a_stream_opens_on_a_connection_whose_text_began_or_ended_transactions() {
    let db = database().await;
    let connection = db.connection().await.unwrap();
    connection.batch("BEGIN; SELECT 1; COMMIT").await.unwrap();
    assert_eq!(read(&connection, THOUSAND).await.len(), 1000);
    connection.batch("BEGIN").await.unwrap();
    assert_eq!(read(&connection, THOUSAND).await.len(), 1000);
    assert_eq!(one::<i32>(&connection, "SELECT 1").await, 1);
}

#[tokio::test]
async fn rows_of_a_write_can_be_read_piece_by_piece_and_are_saved() {
    let db = database().await;
    let table = unique("returning");
    db.batch(&format!("CREATE TABLE {table} (id int4)")).await.unwrap();
    let insert = format!("INSERT INTO {table} SELECT generate_series(1, 600) RETURNING id");
    assert_eq!(read(&db, &insert).await.len(), 600);
    assert_eq!(one::<i64>(&db, &format!("SELECT count(*) FROM {table}")).await, 600);
    db.batch(&format!("DROP TABLE {table}")).await.unwrap();
}

#[tokio::test]
async fn errors_come_when_opening_or_in_the_middle_and_leave_the_pool_whole() {
    let watched = Watched::new(1).await;
    let error = watched.db.open(sql("SELECT nothing FROM nowhere")).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::UndefinedObject);
    watched.is_whole().await;
    let mut rows = First::<i32>::default();
    let mut source = watched
        .db
        .open(sql("SELECT 1 / (600 - n) FROM generate_series(1, 1000) n"))
        .await
        .unwrap();
    let error = loop {
        match source.next(&mut rows).await {
            Ok(more) => assert!(more),
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::InvalidValue);
    drop(source);
    watched.is_at_rest().await;
    watched.is_whole().await;
}

#[tokio::test]
async fn it_can_be_opened_through_an_arc() {
    let db: Arc<dyn Executor> = Arc::new(database().await);
    assert_eq!(read(&db, "SELECT 1").await, [1]);
}

#[tokio::test]
async fn bug_a_stream_dropped_after_its_savepoint_aborted_the_transaction() {
    let db = database().await;
    let tx = db.begin().await.unwrap();
    for ends in ["rolled back", "released", "dropped"] {
        let savepoint = tx.begin().await.unwrap();
        let inner = savepoint.begin().await.unwrap();
        let keep = std::sync::Arc::new(inner);
        let on: std::sync::Arc<dyn Executor> = keep.clone();
        let mut rows = First::<i32>::default();
        let mut source = on.open(sql(THOUSAND)).await.unwrap();
        assert!(source.next(&mut rows).await.unwrap());
        match ends {
            "rolled back" => savepoint.rollback().await.unwrap(),
            "released" => savepoint.commit().await.unwrap(),
            _ => drop(savepoint),
        }
        if ends != "released" {
            let error = source.next(&mut rows).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidQuery, "{ends}: {error}");
        }
        drop(source);
        drop((on, keep));
        assert_eq!(one::<i32>(&tx, "SELECT 1").await, 1, "{ends}");
        assert_eq!(
            one::<i64>(&tx, "SELECT count(*) FROM pg_cursors WHERE name LIKE 'orm%'").await,
            0,
            "{ends}"
        );
    }
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn bug_a_stream_dropped_after_its_transaction_aborted_the_next() {
    let db = database().await;
    let connection = db.connection().await.unwrap();
    let tx = connection.begin().await.unwrap();
    let mut rows = First::<i32>::default();
    let mut source = connection.open(sql(THOUSAND)).await.unwrap();
    assert!(source.next(&mut rows).await.unwrap());
    tx.commit().await.unwrap();
    let next = connection.begin().await.unwrap();
    assert_eq!(
        source.next(&mut rows).await.unwrap_err().kind(),
        ErrorKind::InvalidQuery
    );
    drop(source);
    assert_eq!(one::<i32>(&next, "SELECT 1").await, 1);
    next.commit().await.unwrap();
}

#[tokio::test]
async fn bug_a_stream_with_a_slow_reader_was_ended_as_an_idle_transaction() {
    let limit = std::time::Duration::from_millis(150);
    let db = builder()
        .max_size(1)
        .idle_in_transaction_timeout(limit)
        .connect()
        .await
        .unwrap();
    let mut rows = First::<i32>::default();
    let mut source = db.open(sql(THOUSAND)).await.unwrap();
    while source.next(&mut rows).await.unwrap() {
        tokio::time::sleep(limit * 2).await;
    }
    assert_eq!(rows.rows.len(), 1000);
    drop(source);
    assert_eq!(
        one::<String>(&db, "SELECT current_setting('idle_in_transaction_session_timeout')").await,
        "150ms",
        "the next borrower has the limit"
    );
}

#[tokio::test]
async fn bug_locked_rows_on_a_connection_failed_with_an_error_of_the_cursor() {
    let db = database().await;
    let table = unique("locked");
    db.batch(&format!(
        "CREATE TABLE {table} (id int4); INSERT INTO {table} VALUES (1)"
    ))
    .await
    .unwrap();
    let connection = db.connection().await.unwrap();
    let text = format!("SELECT id FROM {table} FOR UPDATE");
    let error = connection.open(sql(&text)).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::InvalidQuery);
    assert!(error.to_string().contains("inside of a transaction"), "{error}");
    let tx = connection.begin().await.unwrap();
    for on in [&tx as &dyn Executor, &connection] {
        assert_eq!(read(on, &text).await, [1]);
    }
    tx.commit().await.unwrap();
    assert_eq!(read(&db, &text).await, [1]);
    db.batch(&format!("DROP TABLE {table}")).await.unwrap();
}

#[tokio::test]
async fn bug_a_stream_that_could_not_be_opened_left_its_cursor_behind() {
    // Rights on the catalogs are a database's own, so this one is.
    let url = orm_embedded::url().unwrap();
    let db = orm_postgres::Database::connect(&url).await.unwrap();
    db.batch("CREATE TYPE mood AS ENUM ('ok'); REVOKE SELECT ON pg_catalog.pg_type FROM PUBLIC")
        .await
        .unwrap();
    let connection = db.connection().await.unwrap();
    connection.batch("SET ROLE pg_monitor").await.unwrap();
    // The cursor can be declared, but not who reads the type of its column.
    let error = connection.open(sql("SELECT 'ok'::mood")).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert_eq!(
        one::<i64>(&connection, "SELECT count(*) FROM pg_cursors WHERE name LIKE 'orm%'").await,
        0
    );
}

#[tokio::test]
async fn the_size_of_a_piece_can_be_set_also_while_it_is_read() {
    let db = database().await;
    let connection = db.connection().await.unwrap();
    let tx = connection.begin().await.unwrap();
    for on in [&db as &dyn Executor, &tx] {
        let mut rows = First::<i32>::default();
        let mut source = on.open(sql(THOUSAND)).await.unwrap();
        for (size, expected) in [(1, 1), (7, 8), (7, 15), (500, 515), (1_000_000, 1000)] {
            source.set_piece(size);
            assert!(source.next(&mut rows).await.unwrap());
            assert_eq!(rows.rows.len(), expected);
        }
        assert!(!source.next(&mut rows).await.unwrap());
        assert_eq!(rows.rows, (1..=1000).collect::<Vec<i32>>());
    }
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn two_streams_of_one_transaction_take_turns() {
    let watched = Watched::new(1).await;
    let tx = watched.db.begin().await.unwrap();
    let (mut up, mut down) = (First::<i32>::default(), First::<i32>::default());
    let mut first = tx.open(sql(THOUSAND)).await.unwrap();
    let mut second = tx
        .open(sql("SELECT 1001 - n FROM generate_series(1, 1000) n"))
        .await
        .unwrap();
    loop {
        let (more, also) = tokio::join!(first.next(&mut up), second.next(&mut down));
        if !more.unwrap() & !also.unwrap() {
            break;
        }
    }
    down.rows.reverse();
    assert_eq!(up.rows, (1..=1000).collect::<Vec<i32>>());
    assert_eq!(down.rows, up.rows);
    drop((first, second));
    tx.commit().await.unwrap();
    watched.is_whole().await;
}

#[tokio::test]
async fn dropped_at_any_poll_it_leaves_the_pool_whole() {
    let watched = Watched::new(1).await;
    for polls in 0..40 {
        let reading = async {
            let mut rows = First::<i32>::default();
            let mut source = watched.db.open(sql(THOUSAND)).await.unwrap();
            while source.next(&mut rows).await.unwrap() {}
            rows.rows.len()
        };
        let done = dropped_after(polls, reading).await;
        assert!(done.is_none_or(|rows| rows == 1000));
        watched.is_at_rest().await;
        watched.is_whole().await;
    }
}

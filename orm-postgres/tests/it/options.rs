//! What is asked of one statement: limits of time and size, no name, tags.

use std::time::{Duration, Instant};

use orm_core::{ErrorKind, Executor, Statement, Tune};

use crate::round_trips::Proxy;
use crate::support::*;

/// Far above what anything here takes, and below the tests' own patience.
const FAR: Duration = Duration::from_secs(15);
const SHORT: Duration = Duration::from_millis(200);

fn slow() -> Statement {
    sql(LONG).timeout(SHORT)
}

#[tokio::test]
async fn a_statement_past_its_time_is_cancelled_and_the_error_says_so() {
    let watched = Watched::new(1).await;
    let begun = Instant::now();
    let error = watched.db.run(&slow(), &mut Ignore).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(
        error.to_string().contains("200ms") && error.to_string().contains("`timeout`"),
        "{error}"
    );
    assert!(begun.elapsed() >= SHORT);
    watched.is_at_rest().await;
    watched.is_whole().await;
    // On a connection that is held it is closed, as after any statement that is dropped.
    let connection = watched.db.connection().await.unwrap();
    assert_eq!(
        connection.run(&slow(), &mut Ignore).await.unwrap_err().kind(),
        ErrorKind::Timeout
    );
    let error = execute(&connection, "SELECT 1").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionLost);
    drop(connection);
    watched.is_at_rest().await;
    watched.is_whole().await;
}

#[tokio::test]
async fn in_a_transaction_the_error_says_that_it_is_aborted() {
    let watched = Watched::new(1).await;
    let table = unique("timed_out");
    watched
        .admin
        .batch(&format!("CREATE TABLE {table} (id int8)"))
        .await
        .unwrap();
    let tx = watched.db.begin().await.unwrap();
    execute(&tx, &format!("INSERT INTO {table} VALUES (1)")).await.unwrap();
    let error = tx.run(&slow(), &mut Ignore).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.to_string().contains("transaction is aborted"), "{error}");
    let error = execute(&tx, "SELECT 1").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TransactionAborted);
    assert!(tx.commit().await.is_err());
    watched.is_at_rest().await;
    watched.is_whole().await;
    assert_eq!(
        one::<i64>(&watched.admin, &format!("SELECT count(*) FROM {table}")).await,
        0
    );
    watched.admin.batch(&format!("DROP TABLE {table}")).await.unwrap();
}

#[tokio::test]
async fn waiting_for_a_connection_counts() {
    let db = builder().max_size(1).connect().await.unwrap();
    let held = db.connection().await.unwrap();
    let error = db.run(&sql("SELECT 1").timeout(SHORT), &mut Ignore).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    drop(held);
    db.run(&sql("SELECT 1").timeout(FAR), &mut Ignore).await.unwrap();
}

#[tokio::test]
async fn a_stream_has_its_time_until_the_first_row_and_no_longer() {
    let watched = Watched::new(1).await;
    let mut rows = First::<i64>::default();
    let sleeps = sql("SELECT 1::int8 FROM pg_sleep(50)").timeout(SHORT);
    let mut stream = watched.db.open(sleeps).await.unwrap();
    assert_eq!(stream.next(&mut rows).await.unwrap_err().kind(), ErrorKind::Timeout);
    drop(stream);
    watched.is_at_rest().await;
    watched.is_whole().await;
    let limit = Duration::from_secs(5);
    let series = sql("SELECT generate_series(1, 600)::int8").timeout(limit);
    let mut stream = watched.db.open(series).await.unwrap();
    assert!(stream.next(&mut rows).await.unwrap());
    tokio::time::sleep(limit).await;
    while stream.next(&mut rows).await.unwrap() {}
    assert_eq!(rows.rows.len(), 600);
}

#[tokio::test]
async fn an_unprepared_statement_leaves_nothing_on_the_server() {
    let db = builder().max_size(1).connect().await.unwrap();
    let connection = db.connection().await.unwrap();
    let direct = Statement {
        only_reads: true,
        ..sql("SELECT 1::int8 /* kept by nobody */")
    };
    for statement in [direct.clone(), sql("SELECT 2::int8 /* kept by nobody */")] {
        for _ in 0..3 {
            let statement = statement.clone().unprepared();
            assert_eq!(all::<i64>(&connection, &statement).await.unwrap().len(), 1);
        }
    }
    let kept = "SELECT count(*) - 1 FROM pg_prepared_statements WHERE statement LIKE '%kept by nobody%'";
    assert_eq!(one::<i64>(&connection, kept).await, 0);
    let proxy = Proxy::new().await;
    let db = proxy.builder().max_size(1).connect().await.unwrap();
    for _ in 0..3 {
        let (turns, rows) = proxy.turns(all::<i64>(&db, &direct.clone().unprepared())).await;
        assert_eq!((turns, rows.unwrap()), (1, vec![1]));
    }
}

#[tokio::test]
async fn a_custom_plan_is_made_with_the_values_each_time() {
    let db = builder().max_size(1).connect().await.unwrap();
    let connection = db.connection().await.unwrap();
    let table = unique("planned");
    // A generic plan locks all partitions, one with the value its own. The planner takes the generic one for the cheaper.
    let ddl = format!(
        "CREATE TABLE {table} (id int8) PARTITION BY LIST (id);
         CREATE TABLE {table}_1 PARTITION OF {table} FOR VALUES IN (1);
         CREATE TABLE {table}_2 PARTITION OF {table} FOR VALUES IN (2);
         CREATE TABLE {table}_3 PARTITION OF {table} FOR VALUES IN (3);
         INSERT INTO {table} VALUES (1), (2), (3);
         ANALYZE {table}"
    );
    connection.batch(&ddl).await.unwrap();
    let statement = with(
        Statement {
            only_reads: true,
            ..sql(format!("SELECT count(*) FROM {table} WHERE id = $1"))
        },
        1i64,
    );
    let locks = format!(
        "SELECT count(*) FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
         WHERE l.pid = pg_backend_pid() AND c.relname LIKE '{table}_%'"
    );
    let tx = connection.begin().await.unwrap();
    for _ in 0..10 {
        let statement = statement.clone().custom_plan();
        assert_eq!(all::<i64>(&tx, &statement).await.unwrap(), [1]);
    }
    let custom = one::<i64>(&tx, &locks).await;
    for _ in 0..10 {
        assert_eq!(all::<i64>(&tx, &statement).await.unwrap(), [1]);
    }
    let generic = one::<i64>(&tx, &locks).await;
    tx.rollback().await.unwrap();
    connection.batch(&format!("DROP TABLE {table}")).await.unwrap();
    assert_eq!((custom, generic), (1, 3));
}

#[tokio::test]
async fn a_tag_is_in_the_text_that_the_server_sees() {
    let db = builder().max_size(1).connect().await.unwrap();
    let text = "SELECT query FROM pg_stat_activity WHERE pid = pg_backend_pid()";
    let evil = "*/; DROP TABLE users; /* 'é";
    for only_reads in [true, false] {
        let statement = Statement {
            only_reads,
            ..sql(text)
        };
        let tagged = statement.tag("route", evil).tag("app", "shop");
        let seen = all::<String>(&db, &tagged).await.unwrap();
        let comment = "/*app='shop',route='%2A%2F%3B%20DROP%20TABLE%20users%3B%20%2F%2A%20%27%C3%A9'*/";
        assert_eq!(seen, [format!("{text} {comment}")]);
        assert_eq!(tagged.text, text, "counts and traces go by the text without it");
    }
}

#[tokio::test]
async fn tags_that_vary_do_not_drive_other_statements_out_of_the_cache() {
    let db = builder().max_size(1).statement_cache(5).connect().await.unwrap();
    let connection = db.connection().await.unwrap();
    let kept = "SELECT 1::int8 /* stays here */";
    for _ in 0..2 {
        execute(&connection, kept).await.unwrap();
    }
    for n in 0..50 {
        let statement = sql("SELECT 2::int8 /* tagged */").tag("request", n.to_string());
        assert_eq!(all::<i64>(&connection, &statement).await.unwrap(), [2]);
    }
    let count = "SELECT count(*) FILTER (WHERE statement LIKE '%stays%') * 100
                      + count(*) FILTER (WHERE statement LIKE '%request=%') FROM pg_prepared_statements";
    assert_eq!(
        one::<i64>(&connection, count).await,
        201,
        "the kept one and this question; none that was tagged"
    );
    // One that stays the same is prepared as any other.
    for _ in 0..3 {
        let statement = sql("SELECT 2::int8 /* tagged */").tag("app", "shop");
        assert_eq!(all::<i64>(&connection, &statement).await.unwrap(), [2]);
    }
    let count = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%app=%'";
    assert_eq!(one::<i64>(&connection, count).await, 2);
}

#[tokio::test]
async fn one_row_too_many_is_an_error_and_the_connection_is_clean() {
    let watched = Watched::new(1).await;
    let series = |rows: i64| with(sql("SELECT generate_series(1, $1)"), rows);
    assert_eq!(all::<i64>(&watched.db, &series(5).max_rows(5)).await.unwrap().len(), 5);
    for statement in [
        series(6).max_rows(5),
        series(1_000_000).max_rows(5),
        series(100).max_bytes(500),
    ] {
        let error = all::<i64>(&watched.db, &statement).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LimitExceeded, "{error}");
        watched.is_at_rest().await;
        watched.is_whole().await;
    }
    let mut sink = First::<i64>::default();
    let mut stream = watched.db.open(series(1000).max_rows(600)).await.unwrap();
    let error = loop {
        if let Err(error) = stream.next(&mut sink).await {
            break error;
        }
    };
    assert_eq!((error.kind(), sink.rows.len()), (ErrorKind::LimitExceeded, 600));
    drop(stream);
    watched.is_at_rest().await;
    watched.is_whole().await;
    // In a transaction that goes on.
    let tx = watched.db.begin().await.unwrap();
    assert!(all::<i64>(&tx, &series(10_000).max_rows(5)).await.is_err());
    assert_eq!(one::<i64>(&tx, "SELECT 1::int8").await, 1);
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn what_is_beyond_a_limit_is_not_read() {
    let proxy = Proxy::new().await;
    let db = proxy.builder().max_size(1).connect().await.unwrap();
    // 1 GB, had it been read.
    let huge = sql("SELECT repeat('x', 10000) FROM generate_series(1, 100000)").max_bytes(100_000);
    let error = all::<String>(&db, &huge).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
    assert!(proxy.bytes() < 200 << 20, "{} bytes", proxy.bytes());
    assert_eq!(one::<i64>(&db, "SELECT 1::int8").await, 1);
}

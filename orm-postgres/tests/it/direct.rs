//! A text's first use: one message and one round trip, of which the server keeps nothing.

use orm_core::{ErrorKind, Executor, IsNull, Param, PgKind, PgType, Statement};

use crate::round_trips::Proxy;
use crate::support::*;

/// A SELECT as the query builders make one.
fn reads(text: impl Into<String>) -> Statement {
    Statement {
        only_reads: true,
        ..sql(text)
    }
}

/// How many statements with this in their text are prepared on the session.
async fn prepared(on: &dyn Executor, part: &str) -> i64 {
    // It finds itself.
    let question = format!("SELECT count(*) - 1 FROM pg_prepared_statements WHERE statement LIKE '%{part}%'");
    one::<i64>(on, &question).await
}

#[tokio::test]
async fn the_first_use_takes_one_round_trip_and_leaves_nothing_and_the_second_is_prepared() {
    let proxy = Proxy::new().await;
    let db = proxy.builder().max_size(1).connect().await.unwrap();
    let connection = db.connection().await.unwrap();
    let statement = |n: i64| with(reads("SELECT $1 /* first use */"), n);
    for (n, turns, on_server) in [(1, 1, 0), (2, 2, 1), (3, 1, 1)] {
        let (took, rows) = proxy.turns(all::<i64>(&connection, &statement(n))).await;
        assert_eq!(rows.unwrap(), [n]);
        assert_eq!(took, turns, "use {n}");
        assert_eq!(prepared(&connection, "first use").await, on_server, "after use {n}");
    }
}

#[tokio::test]
async fn a_write_without_rows_takes_one_round_trip_and_one_with_rows_is_checked_first() {
    let proxy = Proxy::new().await;
    let db = proxy.builder().max_size(1).connect().await.unwrap();
    let connection = db.connection().await.unwrap();
    let table = unique("first_write");
    connection
        .batch(&format!("CREATE TABLE {table} (id int8)"))
        .await
        .unwrap();
    let insert = with(sql(format!("INSERT INTO {table} VALUES ($1)")), 1i64);
    let (turns, count) = proxy.turns(connection.run(&insert, &mut Ignore)).await;
    assert_eq!((turns, count.unwrap()), (1, 1));
    let returning = with(sql(format!("INSERT INTO {table} VALUES ($1) RETURNING id")), 2i64);
    let mut wrong = First::<String>::default();
    let error = connection.run(&returning, &mut wrong).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ColumnType);
    assert_eq!(
        one::<i64>(&connection, &format!("SELECT count(*) FROM {table}")).await,
        1,
        "it wrote nothing"
    );
    connection.batch(&format!("DROP TABLE {table}")).await.unwrap();
}

fn enum_type(name: &str) -> &'static PgType {
    Box::leak(Box::new(PgType::named(
        None,
        name.to_owned().leak(),
        PgKind::Enum(&["ok"]),
    )))
}

fn with_label(mut statement: Statement, ty: &'static PgType) -> Statement {
    statement.params.push(Param::encode(ty, |out| {
        out.put(b"ok");
        Ok(IsNull::No)
    }));
    statement
}

#[tokio::test]
async fn a_type_of_the_users_is_known_after_the_first_statement_with_it() {
    let proxy = Proxy::new().await;
    let db = proxy.builder().max_size(1).connect().await.unwrap();
    let connection = db.connection().await.unwrap();
    let name = unique("first_mood");
    connection
        .batch(&format!("CREATE TYPE {name} AS ENUM ('ok')"))
        .await
        .unwrap();
    let mood = enum_type(&name);
    let statement = |n: usize| with_label(reads(format!("SELECT $1::{name}::text || '{n}'")), mood);
    for (n, one_turn) in [(0, false), (1, true), (2, true)] {
        let (turns, rows) = proxy.turns(all::<String>(&connection, &statement(n))).await;
        assert_eq!(rows.unwrap(), [format!("ok{n}")]);
        assert_eq!(turns == 1, one_turn, "statement {n} took {turns}");
    }
    // Made anew, it has another OID: the connection finds out by an error, and tries again.
    let admin = database().await;
    let anew = format!("DROP TYPE {name}; CREATE TYPE {name} AS ENUM ('ok')");
    admin.batch(&anew).await.unwrap();
    assert_eq!(all::<String>(&connection, &statement(3)).await.unwrap(), ["ok3"]);
    // In a transaction it cannot, but the next one goes well.
    admin.batch(&anew).await.unwrap();
    let tx = connection.begin().await.unwrap();
    assert!(all::<String>(&tx, &statement(4)).await.is_err());
    tx.rollback().await.unwrap();
    let tx = connection.begin().await.unwrap();
    assert_eq!(all::<String>(&tx, &statement(4)).await.unwrap(), ["ok4"]);
    tx.commit().await.unwrap();
    admin.batch(&format!("DROP TYPE {name}")).await.unwrap();
}

#[tokio::test]
async fn a_large_result_of_a_type_that_nobody_expected_does_not_hang() {
    let db = builder().max_size(1).connect().await.unwrap();
    let connection = db.connection().await.unwrap();
    let name = unique("unexpected");
    let label = "x".repeat(60);
    connection
        .batch(&format!("CREATE TYPE {name} AS ENUM ('{label}')"))
        .await
        .unwrap();
    // The client would look the type up behind 3 MB of rows that nobody reads.
    let text = format!("SELECT '{label}'::{name} FROM generate_series(1, 50000)");
    let error = all::<String>(&connection, &reads(&text)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ColumnType);
    assert!(error.to_string().contains(&name), "{error}");
    let tx = connection.begin().await.unwrap();
    let text = format!("SELECT '{label}'::{name} FROM generate_series(1, 50001)");
    assert!(all::<String>(&tx, &reads(&text)).await.is_err());
    assert_eq!(one::<i64>(&tx, "SELECT 7::int8").await, 7, "the transaction goes on");
    tx.commit().await.unwrap();
    // Behind a type that is expected, too, and with as many columns as fill more than one read.
    let wide = (0..200).map(|n| format!("{n}::int8 AS column_of_a_long_name_{n}"));
    let text = format!(
        "SELECT {} FROM generate_series(1, 2000)",
        wide.collect::<Vec<_>>().join(", ")
    );
    assert_eq!(all::<i64>(&connection, &reads(&text)).await.unwrap().len(), 2000);
    connection.batch(&format!("DROP TYPE {name}")).await.unwrap();
}

#[tokio::test]
async fn a_result_that_does_not_fit_is_told_and_leaves_the_connection_clean() {
    let db = builder().max_size(1).connect().await.unwrap();
    let error = all::<String>(&db, &reads("SELECT 1::int8")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ColumnType);
    let error = all::<i64>(&db, &reads("SELECT 1::int8 / 0")).await.unwrap_err();
    assert_eq!(error.sqlstate(), Some("22012"));
    let error = all::<i64>(&db, &reads("SELECT nothing")).await.unwrap_err();
    assert_eq!(error.sqlstate(), Some("42703"));
    assert_eq!(
        all::<i64>(&db, &reads("SELECT 1::int8 WHERE false")).await.unwrap(),
        [0i64; 0]
    );
    assert_eq!(one::<i64>(&db, "SELECT 1::int8").await, 1);
}

#[tokio::test]
async fn a_hundred_thousand_texts_leave_the_cache_within_its_bound() {
    let db = builder().max_size(1).statement_cache(20).connect().await.unwrap();
    let connection = db.connection().await.unwrap();
    let kept = reads("SELECT 7::int8 /* text that is kept */");
    for _ in 0..2 {
        assert_eq!(all::<i64>(&connection, &kept).await.unwrap(), [7]);
    }
    for chunk in 0..1000 {
        let texts = (0..100).map(|n| reads(format!("SELECT {}::int8 /* one text of many */", chunk * 100 + n)));
        let texts: Vec<_> = texts.collect();
        let all = futures_util::future::join_all(texts.iter().map(|text| all::<i64>(&connection, text))).await;
        for (n, rows) in (0..).zip(all) {
            assert_eq!(rows.unwrap(), [chunk * 100 + n]);
        }
    }
    assert_eq!(prepared(&connection, "one text of many").await, 0);
    assert_eq!(
        prepared(&connection, "text that is kept").await,
        1,
        "it was not driven out"
    );
    let all_of_them = "SELECT count(*) FROM pg_prepared_statements";
    assert!(one::<i64>(&connection, all_of_them).await <= 21);
}

#[tokio::test]
async fn one_text_many_times_at_once_gives_the_right_rows() {
    let db = builder().max_size(1).connect().await.unwrap();
    let connection = db.connection().await.unwrap();
    let statements: Vec<_> = (0..200i64).map(|n| with(reads("SELECT $1 /* at once */"), n)).collect();
    let rows = futures_util::future::join_all(statements.iter().map(|one| all::<i64>(&connection, one))).await;
    for (n, rows) in (0..).zip(rows) {
        assert_eq!(rows.unwrap(), [n]);
    }
}

//! `COPY (…) TO STDOUT`.

use futures_util::TryStreamExt;
use orm_core::{CopyFormat, ErrorKind, Executor, Options, Param, Statement};

use crate::support::*;

fn statement(text: &str, params: Vec<Param>) -> Statement {
    let mut statement = sql(text);
    statement.params = params;
    statement
}

async fn csv(on: &dyn Executor, statement: Statement) -> Result<String, orm_core::Error> {
    let mut stream = on.copy_out(statement, CopyFormat::csv());
    let mut all = Vec::new();
    while let Some(piece) = stream.try_next().await? {
        all.extend_from_slice(&piece);
    }
    Ok(String::from_utf8(all).unwrap())
}

const MANY: &str = "SELECT n, repeat('x', 100) AS filling FROM generate_series(1, 200000) n";

#[tokio::test]
async fn rows_come_as_csv_in_order_wherever_it_runs() {
    let watched = Watched::new(1).await;
    let text =
        "SELECT n AS id, CASE n WHEN 1 THEN 'a,\"b\"' WHEN 2 THEN '' END AS \"Name\" FROM generate_series(1, 3) n";
    let expected = "id,Name\n1,\"a,\"\"b\"\"\"\n2,\"\"\n3,\n";
    for _ in 0..2 {
        assert_eq!(csv(&watched.db, sql(text)).await.unwrap(), expected);
    }
    let connection = watched.db.connection().await.unwrap();
    assert_eq!(csv(&connection, sql(text)).await.unwrap(), expected);
    assert_eq!(one::<i32>(&connection, "SELECT 1").await, 1);
    let tx = connection.begin().await.unwrap();
    assert_eq!(csv(&tx, sql(text)).await.unwrap(), expected);
    assert_eq!(csv(&connection, sql(text)).await.unwrap(), expected);
    let savepoint = tx.begin().await.unwrap();
    assert_eq!(csv(&savepoint, sql(text)).await.unwrap(), expected);
    savepoint.commit().await.unwrap();
    tx.commit().await.unwrap();
    drop(connection);
    assert_eq!(csv(&watched.db, sql("SELECT 1 AS a WHERE false")).await.unwrap(), "a\n");
    watched.is_at_rest().await;
}

#[tokio::test]
async fn parameters_are_values_whatever_they_hold() {
    let db = database().await;
    let hostile = "'); DROP TABLE users; -- \\ $1 \" ä\n\t';";
    let params = vec![
        Param::new(&hostile.to_owned()),
        Param::new(&i64::try_from(hostile.chars().count()).unwrap()),
        Param::new(&None::<String>),
        Param::new(&vec![1i32, 2, 3]),
        Param::new(&true),
        Param::new(&0.1f64),
        Param::new(&Vec::from(*b"\0\xff'")),
        Param::new(&vec![Some("a,\"b".to_owned()), None]),
    ];
    let text = "SELECT $1 = $1 AND length($1) = $2 AND $3 IS NULL AND 2 = ANY($4) AND $5 AND $6 = 0.1::float8 \
                AND $7 = '\\x00ff27'::bytea AND $8[1] = 'a,\"b' AND $8[2] IS NULL AS same, '$1' AS literal, $1 AS text";
    let all = csv(&db, statement(text, params)).await.unwrap();
    let quoted = hostile.replace('"', "\"\"");
    assert_eq!(all, format!("same,literal,text\nt,$1,\"{quoted}\"\n"));
    let tx = db.begin().await.unwrap();
    for n in 0..3i64 {
        let all = csv(&tx, statement("SELECT $1 AS n", vec![Param::new(&n)]))
            .await
            .unwrap();
        assert_eq!(all, format!("n\n{n}\n"));
    }
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn no_value_is_in_the_text_that_the_server_gets() {
    let watched = Watched::new(1).await;
    let secret = "canary-7391";
    let statement = statement("SELECT $1 AS v, pg_sleep(50)", vec![Param::new(&secret.to_owned())]);
    let mut stream = watched.db.copy_out(statement, CopyFormat::csv().header(false));
    let reading = tokio::time::timeout(std::time::Duration::from_secs(60), stream.try_next());
    let looking = async {
        watched.runs("COPY (SELECT").await;
        let query = format!(
            "SELECT query FROM pg_stat_activity WHERE application_name = '{}' AND state = 'active'",
            watched.name
        );
        one::<String>(&watched.admin, &query).await
    };
    let query = tokio::select! {
        query = looking => query,
        other = reading => panic!("{other:?}"),
    };
    assert!(
        query.contains("current_setting('orm.copy_1')") && !query.contains(secret),
        "{query}"
    );
    drop(stream);
    watched.has_sessions(0).await;
    watched.is_whole().await;
}

#[tokio::test]
async fn the_next_borrower_sees_nothing_of_the_settings() {
    let watched = Watched::new(1).await;
    let query = statement("SELECT $1 AS v", vec![Param::new(&"canary".to_owned())]);
    csv(&watched.db, query).await.unwrap();
    let left = "SELECT coalesce(current_setting('orm.copy_1', true), '')";
    assert_eq!(one::<String>(&watched.db, left).await, "");
    let limit = "SELECT current_setting('statement_timeout')";
    assert_eq!(one::<String>(&watched.db, limit).await, "1min");
}

#[tokio::test]
async fn many_rows_come_in_pieces_and_a_slow_reader_slows_the_server_down() {
    let watched = Watched::new(1).await;
    let mut stream = watched.db.copy_out(sql(MANY), CopyFormat::csv().header(false));
    let mut bytes = 0;
    let mut lines = 0;
    let first = stream.try_next().await.unwrap().unwrap();
    assert!(first.len() < 200_000, "{}", first.len());
    bytes += first.len();
    lines += first.iter().filter(|byte| **byte == b'\n').count();
    // The server waits to be read: 20 MB are not in memory somewhere.
    let waits = format!(
        "SELECT 1 - count(*) FROM pg_stat_activity WHERE application_name = '{}' AND wait_event = 'ClientWrite'",
        watched.name
    );
    becomes_zero(&watched.admin, &waits).await;
    while let Some(piece) = stream.try_next().await.unwrap() {
        assert!(piece.len() < 200_000);
        bytes += piece.len();
        lines += piece.iter().filter(|byte| **byte == b'\n').count();
    }
    assert_eq!(lines, 200_000);
    assert_eq!(
        bytes,
        200_000 * 102 + (1..=200_000).map(|n: u32| n.to_string().len()).sum::<usize>()
    );
    assert!(stream.try_next().await.unwrap().is_none(), "it stays at its end");
    drop(stream);
    watched.is_whole().await;
}

#[tokio::test]
async fn a_reader_slower_than_the_statement_timeout_gets_all_rows() {
    let limit = std::time::Duration::from_millis(300);
    let db = builder().max_size(1).statement_timeout(limit).connect().await.unwrap();
    let mut stream = db.copy_out(sql(MANY), CopyFormat::csv().header(false));
    let mut lines = 0;
    let mut pieces = 0;
    while let Some(piece) = stream.try_next().await.unwrap() {
        lines += piece.iter().filter(|byte| **byte == b'\n').count();
        pieces += 1;
        if pieces == 3 {
            tokio::time::sleep(limit * 3).await;
        }
    }
    assert_eq!(lines, 200_000);
    drop(stream);
    // In a transaction of the program's own that one's limit holds, and says so.
    let tx = db.begin().await.unwrap();
    let error = csv(&tx, sql("SELECT pg_sleep(20)")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::QueryCanceled);
}

#[tokio::test]
async fn dropped_at_any_piece_it_leaves_nothing_running_and_the_pool_whole() {
    let watched = Watched::new(1).await;
    for pieces in [0, 1, 2, 30] {
        let mut stream = watched.db.copy_out(sql(MANY), CopyFormat::csv());
        for _ in 0..pieces {
            stream.try_next().await.unwrap().unwrap();
        }
        drop(stream);
        watched.is_whole().await;
        watched.has_sessions(1).await;
        watched.is_at_rest().await;
    }
}

#[tokio::test]
async fn dropped_at_any_poll_it_leaves_nothing_running_and_the_pool_whole() {
    let watched = Watched::new(1).await;
    for polls in 0..25 {
        let query = statement(
            "SELECT $1 AS v, n FROM generate_series(1, 20000) n",
            vec![Param::new(&polls.to_string())],
        );
        let reading = csv(&watched.db, query);
        drop(dropped_after(polls, reading).await);
        watched.is_whole().await;
        watched.is_at_rest().await;
    }
}

#[tokio::test]
async fn while_it_is_read_other_statements_of_its_connection_are_refused_rather_than_hang() {
    let watched = Watched::new(1).await;
    let tx = watched.db.begin().await.unwrap();
    let mut stream = tx.copy_out(sql(MANY), CopyFormat::csv());
    stream.try_next().await.unwrap().unwrap();
    let error = execute(&tx, "SELECT 1").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidQuery);
    assert!(error.to_string().contains("being read"), "{error}");
    let error = csv(&tx, sql("SELECT 1")).await.unwrap_err();
    assert!(error.to_string().contains("being read"), "{error}");
    while stream.try_next().await.unwrap().is_some() {}
    assert_eq!(one::<i32>(&tx, "SELECT 1").await, 1);
    drop(stream);
    let mut stream = tx.copy_out(sql(MANY), CopyFormat::csv());
    stream.try_next().await.unwrap().unwrap();
    drop(stream);
    let error = execute(&tx, "SELECT 1").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TransactionAborted, "{error}");
    drop(tx);
    watched.is_whole().await;
}

#[tokio::test]
async fn errors_come_at_the_begin_or_in_the_middle_and_leave_the_connection_clean() {
    let watched = Watched::new(1).await;
    let before: i32 = one(&watched.db, "SELECT pg_backend_pid()").await;
    for (text, kind) in [
        ("SELECT nothing FROM nowhere", ErrorKind::UndefinedObject),
        (
            "SELECT 1 / (90000 - n) FROM generate_series(1, 100000) n",
            ErrorKind::InvalidValue,
        ),
        ("SELECT 1 /* never ends", ErrorKind::Syntax),
    ] {
        let error = csv(&watched.db, sql(text)).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        watched.is_at_rest().await;
        watched.is_whole().await;
    }
    assert_eq!(one::<i32>(&watched.db, "SELECT pg_backend_pid()").await, before);
    let tx = watched.db.begin().await.unwrap();
    csv(&tx, sql("SELECT nothing")).await.unwrap_err();
    assert_eq!(tx.commit().await.unwrap_err().kind(), ErrorKind::TransactionAborted);
}

#[tokio::test]
async fn other_formats_and_options() {
    let db = database().await;
    let text = "SELECT 1 AS a, NULL::text AS b, E'x;y\\tz' AS c";
    for (format, expected) in [
        (
            CopyFormat::csv().delimiter(';').null("it's \\N"),
            "a;b;c\n1;it's \\N;\"x;y\tz\"\n",
        ),
        (CopyFormat::text(), "1\t\\N\tx;y\\tz\n"),
        (CopyFormat::text().delimiter('|').null(""), "1||x;y\\tz\n"),
    ] {
        let mut stream = db.copy_out(sql(text), format);
        let piece = stream.try_next().await.unwrap().unwrap();
        assert_eq!(std::str::from_utf8(&piece).unwrap(), expected);
    }
    let mut stream = db.copy_out(sql("SELECT 1::int4"), CopyFormat::binary());
    let piece = stream.try_next().await.unwrap().unwrap();
    assert_eq!(&piece[..11], b"PGCOPY\n\xff\r\n\0");
    assert_eq!(&piece[19..], b"\0\x01\0\0\0\x04\0\0\0\x01\xff\xff");
    let error = db
        .copy_out(sql(text), CopyFormat::text().header(true))
        .try_next()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidQuery);
}

#[tokio::test]
async fn the_limits_of_a_statement_end_it() {
    let watched = Watched::new(1).await;
    let limited = |text: &str, most: u64| {
        let mut options = Options::default();
        (options.max_rows, options.timeout) = (Some(most), Some(std::time::Duration::from_millis(300)));
        let mut statement = sql(text);
        statement.options = Some(Box::new(options));
        statement
    };
    let three = "SELECT n FROM generate_series(1, 3) n";
    assert_eq!(csv(&watched.db, limited(three, 3)).await.unwrap(), "n\n1\n2\n3\n");
    let error = csv(&watched.db, limited(MANY, 100_000)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded, "{error}");
    watched.is_whole().await;
    let error = csv(&watched.db, limited("SELECT pg_sleep(50)", 1)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    watched.is_at_rest().await;
    watched.is_whole().await;
}

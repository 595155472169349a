//! `run`: rows, counts, parameters, errors.

use orm_core::{Error, ErrorKind, Executor, Param, ResultColumn, Row, RowSink};

use crate::support::*;

#[tokio::test]
async fn rows_arrive_in_order_with_their_nulls() {
    let db = database().await;
    let rows: Vec<Option<i64>> = all(
        &db,
        &sql("SELECT CASE WHEN n % 2 = 0 THEN n END FROM generate_series(1, 1000::int8) n"),
    )
    .await
    .unwrap();
    assert_eq!(rows.len(), 1000);
    assert!(rows.iter().zip(1..).all(|(row, n)| *row == (n % 2 == 0).then_some(n)));
}

#[tokio::test]
async fn a_write_gives_the_number_of_rows_it_met() {
    let db = database().await;
    let table = unique("counts");
    db.batch(&format!("CREATE TABLE {table} (id int8)")).await.unwrap();
    let insert = with(
        with(sql(format!("INSERT INTO {table} SELECT generate_series($1, $2)")), 1i64),
        7i64,
    );
    assert_eq!(db.run(&insert, &mut Ignore).await.unwrap(), 7);
    assert_eq!(
        execute(&db, &format!("UPDATE {table} SET id = id + 1 WHERE id > 5"))
            .await
            .unwrap(),
        2
    );
    assert_eq!(execute(&db, &format!("SELECT id FROM {table}")).await.unwrap(), 7);
    assert_eq!(execute(&db, &format!("DELETE FROM {table}")).await.unwrap(), 7);
    db.batch(&format!("DROP TABLE {table}")).await.unwrap();
}

#[tokio::test]
async fn a_value_that_cannot_be_encoded_is_refused_before_anything_is_sent() {
    let db = builder().max_size(1).connect().await.unwrap();
    let _held = db.connection().await.unwrap(); // The pool is empty: taking a connection would wait.
    let statement = with(sql("SELECT $1"), "nul\0canary".to_owned());
    let error = db.run(&statement, &mut Ignore).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Encode);
    assert!(!format!("{error} {error:?}").contains("canary"));
}

#[tokio::test]
async fn more_parameters_than_the_protocol_allows_are_a_clear_error() {
    let db = database().await;
    let mut statement = sql("SELECT 1");
    statement.params = (0..70_000i32).map(|value| Param::new(&value)).collect();
    let error = db.run(&statement, &mut Ignore).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidQuery);
    assert!(
        error.to_string().contains("70000") && error.to_string().contains("65535"),
        "{error}"
    );
}

#[tokio::test]
async fn a_result_of_another_type_is_refused_before_the_statement_writes() {
    let db = database().await;
    let table = unique("typed");
    db.batch(&format!("CREATE TABLE {table} (id int8)")).await.unwrap();
    let insert = sql(format!("INSERT INTO {table} VALUES (1) RETURNING id"));
    let error = all::<String>(&db, &insert).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ColumnType);
    assert_eq!(one::<i64>(&db, &format!("SELECT count(*) FROM {table}")).await, 0);
    db.batch(&format!("DROP TABLE {table}")).await.unwrap();
}

struct FailsAt(usize);

impl RowSink for FailsAt {
    fn columns(&mut self, _: &[ResultColumn]) -> Result<(), Error> {
        Ok(())
    }

    fn row(&mut self, _: &Row<'_>) -> Result<(), Error> {
        if self.0 == 0 {
            return Err(Error::new(ErrorKind::Decode, "enough"));
        }
        self.0 -= 1;
        Ok(())
    }
}

#[tokio::test]
async fn a_sink_that_fails_leaves_the_connection_clean() {
    let db = database().await;
    let connection = db.connection().await.unwrap();
    let statement = sql("SELECT n FROM generate_series(1, 4000) n");
    let error = connection.run(&statement, &mut FailsAt(3)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert_eq!(one::<i32>(&connection, "SELECT 7").await, 7);
}

#[tokio::test]
async fn statements_on_one_connection_run_at_the_same_time() {
    let db = database().await;
    let connection = db.connection().await.unwrap();
    let (a, b, c) = (
        sql("SELECT 1"),
        sql("SELECT 2"),
        sql("SELECT n FROM generate_series(1, 20000) n"),
    );
    let (a, b, c) = tokio::try_join!(
        all::<i32>(&connection, &a),
        all::<i32>(&connection, &b),
        all::<i32>(&connection, &c)
    )
    .unwrap();
    assert_eq!((a[0], b[0], c.len()), (1, 2, 20_000));
}

#[tokio::test]
async fn an_error_of_the_server_names_what_it_is_about_and_shows_no_value() {
    let db = database().await;
    let table = unique("named");
    db.batch(&format!("CREATE TABLE {table} (id int8 PRIMARY KEY, name text UNIQUE)"))
        .await
        .unwrap();
    let insert = with(sql(format!("INSERT INTO {table} VALUES (1, $1)")), "canary".to_owned());
    db.run(&insert, &mut Ignore).await.unwrap();
    let error = db.run(&insert, &mut Ignore).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UniqueViolation);
    assert_eq!(error.table(), Some(table.as_str()));
    let again = with(sql(format!("INSERT INTO {table} VALUES (2, $1)")), "canary".to_owned());
    let error = db.run(&again, &mut Ignore).await.unwrap_err();
    assert_eq!(error.constraint(), Some(format!("{table}_name_key").as_str()));
    assert!(
        error.database().unwrap().detail().unwrap().contains("canary"),
        "the server tells it"
    );
    assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
    let cast = with(sql("SELECT $1::text::int4"), "canary".to_owned());
    let error = all::<i32>(&db, &cast).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidValue);
    assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
    db.batch(&format!("DROP TABLE {table}")).await.unwrap();
}

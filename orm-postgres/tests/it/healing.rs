//! Cached statements that went out of date.

use orm_core::{ErrorKind, Executor, IsNull, Param, PgKind, PgType, Statement};

use crate::support::*;

#[tokio::test]
async fn a_statement_over_an_altered_table_is_prepared_again() {
    let db = builder().max_size(1).connect().await.unwrap();
    let admin = database().await;
    let table = unique("altered");
    admin
        .batch(&format!(
            "CREATE TABLE {table} (id int8); INSERT INTO {table} VALUES (1)"
        ))
        .await
        .unwrap();
    let select = format!("SELECT id FROM {table}");
    assert_eq!(one::<i64>(&db, &select).await, 1);
    admin
        .batch(&format!("ALTER TABLE {table} ALTER id TYPE int4"))
        .await
        .unwrap();
    assert_eq!(one::<i32>(&db, &select).await, 1);
    admin
        .batch(&format!("ALTER TABLE {table} ALTER id TYPE int8"))
        .await
        .unwrap();
    let mut wrong = First::<i32>::default();
    let error = db.run(&sql(&select), &mut wrong).await.unwrap_err();
    assert_eq!(
        error.kind(),
        ErrorKind::ColumnType,
        "the new type is told, and nothing decoded by the old one"
    );
    assert_eq!(one::<i64>(&db, &select).await, 1);
    admin.batch(&format!("DROP TABLE {table}")).await.unwrap();
}

#[tokio::test]
async fn a_statement_over_a_type_that_was_made_anew_is_prepared_again() {
    let db = builder().max_size(1).connect().await.unwrap();
    let admin = database().await;
    let name = unique("remade");
    let mood: &'static PgType = Box::leak(Box::new(PgType::named(
        None,
        name.clone().leak(),
        PgKind::Enum(&["ok"]),
    )));
    let create = format!("CREATE TYPE {name} AS ENUM ('ok')");
    let insert = || Statement {
        params: vec![Param::encode(mood, |out| {
            out.put(b"ok");
            Ok(IsNull::No)
        })],
        ..sql(format!("SELECT $1::\"{name}\"::text"))
    };
    admin.batch(&create).await.unwrap();
    assert_eq!(all::<String>(&db, &insert()).await.unwrap(), ["ok"]);
    admin.batch(&format!("DROP TYPE {name}; {create}")).await.unwrap();
    assert_eq!(all::<String>(&db, &insert()).await.unwrap(), ["ok"]);
    admin.batch(&format!("DROP TYPE {name}")).await.unwrap();
    assert!(all::<String>(&db, &insert()).await.is_err());
}

#[tokio::test]
async fn inside_a_transaction_it_fails_once_and_heals_for_the_next() {
    let db = builder().max_size(1).connect().await.unwrap();
    let admin = database().await;
    let table = unique("altered");
    admin
        .batch(&format!(
            "CREATE TABLE {table} (id int8); INSERT INTO {table} VALUES (1)"
        ))
        .await
        .unwrap();
    let select = format!("SELECT id FROM {table}");
    assert_eq!(one::<i64>(&db, &select).await, 1);
    admin
        .batch(&format!("ALTER TABLE {table} ALTER id TYPE int4"))
        .await
        .unwrap();
    let tx = db.begin().await.unwrap();
    assert_eq!(
        all::<i64>(&tx, &sql(&select)).await.unwrap_err().sqlstate(),
        Some("0A000")
    );
    tx.rollback().await.unwrap();
    let tx = db.begin().await.unwrap();
    assert_eq!(one::<i32>(&tx, &select).await, 1);
    tx.commit().await.unwrap();
    admin.batch(&format!("DROP TABLE {table}")).await.unwrap();
}

#[tokio::test]
async fn a_write_that_is_opened_for_reading_is_prepared_again_too() {
    let db = builder().max_size(1).connect().await.unwrap();
    let admin = database().await;
    let table = unique("altered");
    let ddl = format!("CREATE TABLE {table} (id int8 DEFAULT 1)");
    admin.batch(&ddl).await.unwrap();
    let insert = format!("INSERT INTO {table} DEFAULT VALUES RETURNING id");
    let mut rows = First::<i64>::default();
    db.open(sql(&insert)).await.unwrap().next(&mut rows).await.unwrap();
    let alter = format!("ALTER TABLE {table} ALTER id TYPE int4");
    admin.batch(&alter).await.unwrap();
    let mut altered = First::<i32>::default();
    db.open(sql(&insert)).await.unwrap().next(&mut altered).await.unwrap();
    db.batch("DEALLOCATE ALL").await.unwrap();
    db.open(sql(&insert)).await.unwrap().next(&mut altered).await.unwrap();
    assert_eq!((rows.rows, altered.rows), (vec![1], vec![1, 1]));
    let stored = format!("SELECT count(*) FROM {table}");
    assert_eq!(one::<i64>(&db, &stored).await, 3);
    admin.batch(&format!("DROP TABLE {table}")).await.unwrap();
}

#[tokio::test]
async fn statements_that_were_deallocated_are_prepared_again() {
    let db = database().await;
    let connection = db.connection().await.unwrap();
    assert_eq!(one::<i32>(&connection, "SELECT 1").await, 1);
    assert_eq!(one::<i32>(&connection, "SELECT 2").await, 2);
    connection.batch("DEALLOCATE ALL").await.unwrap();
    assert_eq!(one::<i32>(&connection, "SELECT 1").await, 1);
    assert_eq!(one::<i32>(&connection, "SELECT 2").await, 2);
}

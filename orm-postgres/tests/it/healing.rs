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

/// An enum type of this name, with one value.
fn enum_named(name: &str) -> &'static PgType {
    Box::leak(Box::new(PgType::named(
        None,
        name.to_owned().leak(),
        PgKind::Enum(&["ok"]),
    )))
}

fn with_enum(text: &str, ty: &'static PgType) -> Statement {
    Statement {
        params: vec![Param::encode(ty, |out| {
            out.put(b"ok");
            Ok(IsNull::No)
        })],
        ..sql(text)
    }
}

#[tokio::test]
async fn bug_after_a_type_was_made_anew_every_cached_statement_failed() {
    let db = builder().max_size(1).connect().await.unwrap();
    let admin = database().await;
    let (name, table) = (unique("remade"), unique("remade_table"));
    let mood = enum_named(&name);
    let create = format!("CREATE TYPE {name} AS ENUM ('ok'); CREATE TABLE {table} (id int8, m {name})");
    let drop = format!("DROP TABLE {table}; DROP TYPE {name}");
    let statements = || {
        [
            format!("INSERT INTO {table} VALUES (1, $1)"),
            format!("UPDATE {table} SET id = id + 1 WHERE m = $1"),
            format!("SELECT id FROM {table} WHERE m = $1"),
            format!("DELETE FROM {table} WHERE m = $1 RETURNING m"),
        ]
        .map(|text| with_enum(&text, mood))
    };
    admin.batch(&create).await.unwrap();
    for statement in statements() {
        db.run(&statement, &mut Ignore).await.unwrap();
    }
    admin.batch(&format!("{drop}; {create}")).await.unwrap();
    for statement in statements() {
        assert_eq!(db.run(&statement, &mut Ignore).await.unwrap(), 1, "{statement}");
    }
    // In a transaction nothing can be tried again, but one failure heals them all.
    admin.batch(&format!("{drop}; {create}")).await.unwrap();
    let tx = db.begin().await.unwrap();
    assert!(tx.run(&statements()[0], &mut Ignore).await.is_err());
    tx.rollback().await.unwrap();
    let tx = db.begin().await.unwrap();
    for statement in statements() {
        assert_eq!(tx.run(&statement, &mut Ignore).await.unwrap(), 1, "{statement}");
    }
    tx.commit().await.unwrap();
    // On the connection that has made them anew itself, none fails.
    db.batch(&format!("{drop}; {create}")).await.unwrap();
    let tx = db.begin().await.unwrap();
    for statement in statements() {
        assert_eq!(tx.run(&statement, &mut Ignore).await.unwrap(), 1, "{statement}");
    }
    tx.commit().await.unwrap();
    admin.batch(&drop).await.unwrap();
}

#[tokio::test]
async fn bug_one_type_name_in_two_schemas_failed_for_ever_under_the_other_search_path() {
    let db = builder().max_size(1).connect().await.unwrap();
    let admin = database().await;
    let (a, b) = (unique("tenant_a"), unique("tenant_b"));
    let mood = enum_named("tenant_mood");
    for schema in [&a, &b] {
        admin
            .batch(&format!(
                "CREATE SCHEMA {schema}; CREATE TYPE {schema}.tenant_mood AS ENUM ('ok');
                 CREATE TABLE {schema}.t (m {schema}.tenant_mood)"
            ))
            .await
            .unwrap();
    }
    let insert = with_enum("INSERT INTO t VALUES ($1)", mood);
    let select = with_enum("SELECT count(*) FROM t WHERE m = $1", mood);
    for (round, schema) in (1..).zip([&a, &b, &a, &b]) {
        // By a text, by a statement, for a transaction, and on a connection that was reset.
        let set = format!("search_path = {schema}");
        match round {
            1 | 2 => {
                let connection = db.connection().await.unwrap();
                connection.batch(&format!("SET {set}")).await.unwrap();
                let tx = connection.begin().await.unwrap();
                tx.run(&insert, &mut Ignore).await.unwrap();
                assert_eq!(all::<i64>(&tx, &select).await.unwrap(), [1]);
                tx.commit().await.unwrap();
            }
            _ => {
                let tx = db.begin().await.unwrap();
                execute(&tx, &format!("SET LOCAL {set}")).await.unwrap();
                tx.run(&insert, &mut Ignore).await.unwrap();
                assert_eq!(all::<i64>(&tx, &select).await.unwrap(), [2]);
                tx.commit().await.unwrap();
            }
        }
    }
    // Behind the driver's back, as a function or a role's setting changes it.
    let connection = db.connection().await.unwrap();
    for schema in [&a, &b, &a] {
        connection
            .batch(&format!(
                "DO $$ BEGIN PERFORM set_config('search' || '_path', '{schema}', false); END $$"
            ))
            .await
            .unwrap();
        assert_eq!(all::<i64>(&connection, &select).await.unwrap(), [2]);
    }
    drop(connection);
    admin
        .batch(&format!("DROP SCHEMA {a} CASCADE; DROP SCHEMA {b} CASCADE"))
        .await
        .unwrap();
}

//! A value in statements that fail.

use std::time::Duration;

use orm::prelude::*;
use orm::{Cursor, Json};
use serde::{Deserialize, Serialize};

use super::{CANARY, Errors, NUMBER, logs};
use crate::support::{Arena, Direction};

#[derive(DbEnum, Debug, Clone, Copy, PartialEq)]
enum Mood {
    Good,
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
struct Meta {
    age: i32,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "secrets")]
struct Secret {
    #[orm(primary_key, generated)]
    id: i64,
    #[orm(unique, check = "name <> 'none'")]
    name: String,
    mood: Mood,
    meta: Json<Meta>,
    #[orm(belongs_to(parent: Secret))]
    parent_id: Option<i64>,
    #[orm(version)]
    version: i32,
}

#[derive(Row, Debug)]
#[allow(dead_code, reason = "it is never read")]
struct Number {
    n: i32,
}

fn secret(name: &str) -> NewSecret {
    NewSecret {
        name: format!("{CANARY} {name}"),
        mood: Mood::Good,
        meta: Json(Meta { age: 1 }),
        parent_id: None,
    }
}

fn canary() -> String {
    CANARY.to_owned()
}

async fn of_constraints(db: &Database, errors: &mut Errors) -> Result<(), Error> {
    let ann = Secret::insert(secret("ann")).one(db).await?;
    errors.add("unique", Secret::insert(secret("ann")).one(db).await);
    errors.add(
        "unique by COPY",
        Secret::insert_many([secret("ann")]).copy(true).execute(db).await,
    );
    errors.add(
        "unique of many",
        Secret::insert_many([secret("b"), secret("b")]).all(db).await,
    );
    let nobodys = NewSecret {
        parent_id: Some(99),
        ..secret("c")
    };
    errors.add("foreign key", Secret::insert(nobodys).one(db).await);
    let (text, id) = (canary(), ann.id);
    errors.add(
        "check",
        sql!("INSERT INTO checked VALUES ({text}, NULL)").execute(db).await,
    );
    errors.add(
        "NOT NULL",
        sql!("INSERT INTO strict VALUES ({text}, NULL)").execute(db).await,
    );
    errors.add("domain", sql!("SELECT {text}::short").execute(db).await);
    errors.add("too long", sql!("INSERT INTO narrow VALUES ({text})").execute(db).await);
    sql!("INSERT INTO apart VALUES ({text})").execute(db).await?;
    errors.add("exclusion", sql!("INSERT INTO apart VALUES ({text})").execute(db).await);
    errors.add(
        "generated",
        sql!("UPDATE secrets SET id = {id} WHERE name ~ {text}; ")
            .execute(db)
            .await
            .and(
                sql!("INSERT INTO always (id) VALUES (length({text}))")
                    .execute(db)
                    .await,
            ),
    );
    errors.add(
        "view",
        sql!("INSERT INTO seen SELECT * FROM seen WHERE name = {text}")
            .execute(db)
            .await,
    );
    let mut stale = ann.clone();
    ann.update(db).await?;
    stale.name = format!("{CANARY} stale");
    errors.add("stale", stale.update(db).await);
    Ok(())
}

async fn of_values(db: &Database, errors: &mut Errors) {
    let text = canary();
    errors.add("integer", sql!("SELECT {text}::int4").execute(db).await);
    errors.add("double", sql!("SELECT {text}::float8").execute(db).await);
    errors.add("numeric", sql!("SELECT {text}::numeric").execute(db).await);
    errors.add("boolean", sql!("SELECT {text}::bool").execute(db).await);
    errors.add("date", sql!("SELECT {text}::date").execute(db).await);
    errors.add("time zone", sql!("SELECT now() AT TIME ZONE {text}").execute(db).await);
    errors.add("interval", sql!("SELECT {text}::interval").execute(db).await);
    errors.add("uuid", sql!("SELECT {text}::uuid").execute(db).await);
    errors.add("JSON", sql!("SELECT {text}::jsonb").execute(db).await);
    errors.add("JSON path", sql!("SELECT {text}::jsonpath ? 1").execute(db).await);
    errors.add("array", sql!("SELECT {text}::int4[]").execute(db).await);
    errors.add("range", sql!("SELECT {text}::int4range").execute(db).await);
    errors.add("address", sql!("SELECT {text}::inet").execute(db).await);
    errors.add("label", sql!("SELECT ({text} || '!')::mood").execute(db).await);
    errors.add("record", sql!("SELECT {text}::secrets").execute(db).await);
    errors.add(
        "regular expression",
        sql!("SELECT 'x' ~ ('(' || {text})").execute(db).await,
    );
    errors.add("hexadecimal", sql!("SELECT decode({text}, 'hex')").execute(db).await);
    errors.add(
        "bytes",
        sql!("SELECT convert_from(decode('ff', 'hex') || {text}::bytea, 'UTF8')")
            .execute(db)
            .await,
    );
    errors.add("format", sql!("SELECT format('%' || {text})").execute(db).await);
    errors.add("division", sql!("SELECT length({text}) / 0").execute(db).await);
    errors.add("overflow", sql!("SELECT 2147483647 + length({text})").execute(db).await);
    errors.add(
        "search",
        sql!("SELECT to_tsquery({text} || ' & & (')").execute(db).await,
    );
    errors.add(
        "setting",
        sql!("SELECT set_config('work_mem', {text}, false)").execute(db).await,
    );
    errors.add(
        "a set of one",
        sql!("SELECT (SELECT {text} FROM generate_series(1, 2))")
            .execute(db)
            .await,
    );
    let zero = format!("{CANARY}\0");
    errors.add("a zero", sql!("SELECT {zero}").execute(db).await);
}

async fn of_numbers(db: &Database, errors: &mut Errors) {
    let n = NUMBER;
    errors.add("a date", sql!("SELECT make_date({n}, 77, 1)").execute(db).await);
    errors.add("a time", sql!("SELECT make_time({n}, 0, 0)").execute(db).await);
    errors.add(
        "a timestamp",
        sql!("SELECT make_timestamp(2026, 1, 1, {n}, 0, 0)").execute(db).await,
    );
    errors.add("a character", sql!("SELECT chr({n} * 100)").execute(db).await);
    errors.add("a narrow integer", sql!("SELECT {n}::int2").execute(db).await);
    errors.add("a narrow numeric", sql!("SELECT {n}::numeric(3, 1)").execute(db).await);
    errors.add("a power", sql!("SELECT {n}::numeric ^ {n}").execute(db).await);
    errors.add("a logarithm", sql!("SELECT ln(-{n}::numeric)").execute(db).await);
}

async fn of_the_program(db: &Database, errors: &mut Errors) {
    let text = canary();
    errors.add("no row", Secret::query().filter(|s| s.name.eq(CANARY)).one(db).await);
    errors.add(
        "two rows",
        sql!("SELECT {text} FROM generate_series(1, 2)").one::<String>(db).await,
    );
    errors.add("another type", sql!("SELECT {text} AS n").all::<Number>(db).await);
    errors.add("NULL", sql!("SELECT nullif({text}, {text})").all::<String>(db).await);
    errors.add(
        "an unknown label",
        sql!("SELECT enum_last(NULL::mood)").all::<Mood>(db).await,
    );
    let wrong = sql!("SELECT jsonb_build_object('age', {text}::text)");
    errors.add("other JSON", wrong.all::<Json<Meta>>(db).await);
    errors.add(
        "all rows",
        Secret::query().update(|s| s.name.set(CANARY)).execute(db).await,
    );
    let cursor: Result<Cursor, Error> = CANARY.parse();
    errors.add("a cursor", cursor);
}

async fn of_transactions(db: &Database, errors: &mut Errors) -> Result<(), Error> {
    let text = canary();
    let tx = db.begin().await?;
    tx.batch("SET LOCAL statement_timeout = 20").await?;
    errors.add("timeout", sql!("SELECT pg_sleep(50), {text}").execute(&tx).await);
    errors.add("aborted", Secret::insert(secret("x")).one(&tx).await);
    errors.add("commit of it", tx.commit().await);
    let (one, other) = (db.begin().await?, db.begin().await?);
    sql!("UPDATE secrets SET name = {text}").execute(&one).await?;
    other.batch("SET LOCAL lock_timeout = 20").await?;
    errors.add("lock", sql!("UPDATE secrets SET name = {text}").execute(&other).await);
    drop((one, other));
    let conflict = db
        .transaction_with()
        .isolation(Isolation::RepeatableRead)
        .run(|tx| async move {
            Secret::query().count(&tx).await?;
            Secret::query()
                .update(|s| s.name.set(format!("{CANARY} 1")))
                .all_rows()
                .execute(db)
                .await?;
            Secret::query()
                .update(|s| s.name.set(format!("{CANARY} 2")))
                .all_rows()
                .execute(&tx)
                .await
        });
    errors.add("conflict", conflict.await);
    errors.add(
        "read only",
        db.transaction_with()
            .read_only()
            .run(|tx| async move { Secret::insert(secret("x")).one(&tx).await })
            .await,
    );
    errors.add(
        "deferred",
        db.transaction(async |tx| sql!("INSERT INTO deferred VALUES ({text}), ({text})").execute(tx).await)
            .await,
    );
    errors.add(
        "not allowed",
        db.transaction(async |tx| {
            tx.batch("SET LOCAL ROLE pg_monitor").await?;
            Secret::insert(secret("x")).one(tx).await
        })
        .await,
    );
    Ok(())
}

/// The connection ends, or there is none.
async fn of_the_connection(arena: &Arena, errors: &mut Errors) -> Result<(), Error> {
    let text = canary();
    let proxy = arena.proxy().await;
    let limit = Duration::from_millis(100);
    let db = arena.through(&proxy).max_size(1).wait_timeout(limit).connect().await?;
    proxy.cut_at(Direction::ToServer, b"c4n4ry", true);
    errors.add("lost", sql!("SELECT pg_sleep(1), {text}").execute(&db).await);
    proxy.cut_at(Direction::ToServer, b"COMMIT", true);
    errors.add(
        "unknown",
        db.transaction(async |tx| Secret::insert(secret("y")).one(tx).await)
            .await,
    );
    let held = db.connection().await?;
    errors.add("no connection", Secret::insert(secret("z")).one(&db).await);
    let given_up = tokio::time::timeout(limit, sql!("SELECT pg_sleep(50), {text}").execute(&held)).await;
    assert!(given_up.is_err());
    errors.add("given up", sql!("SELECT {text}").execute(&held).await);
    drop(held);
    db.close();
    errors.add("closed", sql!("SELECT {text}").execute(&db).await);
    Ok(())
}

const TABLES: &str = "ALTER TYPE mood ADD VALUE 'c4n4ry';
    CREATE TABLE checked (name text CHECK (name = 'x'), n int4);
    CREATE TABLE strict (name text, n int4 NOT NULL);
    CREATE DOMAIN short AS text CHECK (length(VALUE) < 3);
    CREATE TABLE narrow (name varchar(2));
    CREATE TABLE apart (name text, EXCLUDE USING btree (name WITH =));
    CREATE TABLE always (id int4 GENERATED ALWAYS AS IDENTITY);
    CREATE VIEW seen AS SELECT DISTINCT name FROM checked;
    CREATE TABLE deferred (name text UNIQUE DEFERRABLE INITIALLY DEFERRED)";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_value_is_in_no_error_and_in_no_log() {
    let arena = Arena::new().await;
    let db = arena.builder().max_size(4).connect().await.unwrap();
    orm::create_all(&[Secret::TABLE], &db).await.unwrap();
    arena.run(TABLES).await;
    let mut errors = Errors::default();
    logs::begin();
    of_constraints(&db, &mut errors).await.unwrap();
    of_values(&db, &mut errors).await;
    of_numbers(&db, &mut errors).await;
    of_transactions(&db, &mut errors).await.unwrap();
    of_the_program(&db, &mut errors).await;
    of_the_connection(&arena, &mut errors).await.unwrap();
    let logged = logs::end();
    for source in ["span of orm", "log of tokio_postgres", "INSERT INTO"] {
        assert!(logged.contains(source), "nothing was logged by {source}");
    }
    assert!(errors.0.len() >= 40, "{}", errors.0.len());
    assert!(errors.kinds().len() >= 20, "{:?}", errors.kinds());
    errors.show_nothing(&logged);
    arena.ends_clean([db]).await;
}

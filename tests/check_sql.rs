//! `orm::check_sql`: every `sql!` of this program is found and prepared, none is run. The database decides which are valid.

#![forbid(unsafe_code)]
#![allow(dead_code, reason = "what is never called is found, too")]

use orm::ErrorKind;
use orm::prelude::*;

async fn in_a_function(db: &dyn Executor, name: &str) -> Result<Vec<i64>, Error> {
    sql!("SELECT id FROM checked WHERE name = {name} OR name = upper({name})")
        .all(db)
        .await
}

async fn in_a_generic_function_that_nobody_calls<T: orm::DbType>(db: &dyn Executor, id: T) -> Result<u64, Error> {
    sql!(
        "UPDATE checked
         SET name = {String::from(\"x\")}, mood = {\"glad\"} -- Ünïcode
         WHERE missing = {id}"
    )
    .execute(db)
    .await
}

macro_rules! by_a_macro {
    ($text:literal) => {
        sql!($text)
    };
}

mod within {
    pub(super) struct Writer(i64);

    impl Writer {
        pub(super) fn delete(&self) -> orm::Sql {
            orm::sql!("DELETE FROM checked WHERE id = {self.0} RETURNING nextval('checked_seq')")
        }
    }
}

fn by_macros() -> [orm::Sql; 2] {
    [
        by_a_macro!("INSERT INTO checked SELECT nextval('checked_seq'), 'a', 'calm'"),
        by_a_macro!("CREATE TABLE made (id int)"),
    ]
}

/// How many there are above.
const COUNT: usize = 5;

const SCHEMA: &str = "CREATE TYPE checked_mood AS ENUM ('calm', 'glad'); CREATE SEQUENCE checked_seq;
    CREATE TABLE checked (id int8, name text, mood checked_mood, missing int8);
    INSERT INTO checked VALUES (1, 'a', 'calm')";

async fn untouched(db: &dyn Executor) -> Result<(), Error> {
    assert_eq!(orm::sql!("SELECT count(*) FROM checked").one::<i64>(db).await?, 1);
    assert_eq!(
        orm::sql!("SELECT last_value, is_called, to_regclass('made') IS NULL FROM checked_seq")
            .one::<(i64, bool, bool)>(db)
            .await?,
        (1, false, true)
    );
    Ok(())
}

/// The two above.
const OF_THE_TEST: usize = 2;

#[orm::test]
async fn all_are_prepared_and_none_is_run(db: Database) -> Result<(), Error> {
    db.batch(SCHEMA).await?;
    assert_eq!(orm::check_sql(&db).await?, COUNT + OF_THE_TEST);
    untouched(&db).await?;
    let tx = db.begin().await?;
    assert_eq!(orm::check_sql(&tx).await?, COUNT + OF_THE_TEST);
    untouched(&tx).await?;
    tx.rollback().await?;
    // Prepared before, and known to the connection.
    assert_eq!(orm::check_sql(&db).await?, COUNT + OF_THE_TEST);
    untouched(&db).await
}

/// All at once, with file, line, message and the place in the text as it is written.
#[orm::test]
async fn those_that_the_server_refuses_are_told_together(db: Database) -> Result<(), Error> {
    db.batch(SCHEMA).await?;
    db.batch("ALTER TABLE checked DROP COLUMN missing; ALTER TABLE checked RENAME id TO key")
        .await?;
    let error = orm::check_sql(&db).await.expect_err("columns are missing");
    assert_eq!(error.kind(), ErrorKind::InvalidQuery);
    let report = error.to_string();
    let expected = [
        "the server refuses 3 of the 7 `sql!` of this program:\n\n",
        "tests/check_sql.rs:10:5: column \"id\" does not exist",
        "    SELECT id FROM checked WHERE name = {name} OR name = upper({name})\n           ^\n",
        "tests/check_sql.rs:16:5: column \"missing\" does not exist",
        "    WHERE missing = {id}\n          ^\n",
        "tests/check_sql.rs:36:13: column \"id\" does not exist",
        "    DELETE FROM checked WHERE id = {self.0} RETURNING nextval('checked_seq')\n                              ^\n",
    ];
    let mut rest = &*report;
    for part in expected {
        let at = rest
            .find(part)
            .unwrap_or_else(|| panic!("not in its place: {part}\n{report}"));
        rest = &rest[at + part.len()..];
    }
    // A failed test prints Debug, which must be readable as well.
    assert!(format!("{error:?}").contains(expected[2]), "{error:?}");
    untouched(&db).await?;
    let tx = db.begin().await?;
    let inside = orm::check_sql(&tx).await.expect_err("columns are missing");
    assert_eq!(inside.to_string(), report);
    untouched(&tx).await?;
    tx.rollback().await
}

#[orm::test]
async fn an_empty_database_is_told_by_every_statement(db: Database) {
    let error = orm::check_sql(&db).await.expect_err("there is no table");
    assert!(error.to_string().contains("refuses 6 of the 7"), "{error}");
}

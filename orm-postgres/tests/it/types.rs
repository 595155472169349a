//! Types of the user's own: enums, arrays of them, composites, domains.

use orm_core::{
    Buffer, CompositeField, ErrorKind, Executor, IsNull, Param, PgKind, PgType, Statement, ValueError, builtin,
};

use crate::support::*;

static MOOD: PgType = PgType::named(None, "drv_mood", PgKind::Enum(&["sad", "ok"]));
static MOODS: PgType = PgType::array(&MOOD);
static PAIR: PgType = PgType::named(
    None,
    "drv_pair",
    PgKind::Composite(&[
        CompositeField {
            name: "n",
            ty: builtin::INT4,
        },
        CompositeField {
            name: "moods",
            ty: &MOODS,
        },
    ]),
);
static PAIRS: PgType = PgType::array(&PAIR);

async fn types(on: &dyn Executor) {
    // Once, by whichever test comes first.
    on.batch(
        "DO $$ BEGIN
           PERFORM pg_advisory_xact_lock(987654);
           IF to_regtype('drv_mood') IS NULL THEN
             CREATE TYPE drv_mood AS ENUM ('sad', 'ok');
             CREATE TYPE drv_pair AS (n int4, moods drv_mood[]);
             CREATE DOMAIN drv_mood_not_sad AS drv_mood CHECK (VALUE <> 'sad');
           END IF;
         END $$",
    )
    .await
    .unwrap();
}

fn label(label: &'static str) -> impl Fn(&mut Buffer) -> Result<IsNull, ValueError> {
    move |out| {
        out.put(label.as_bytes());
        Ok(IsNull::No)
    }
}

/// A one-dimensional array of two values, as `orm_core` encodes one: the element's OID is 0.
fn array_of<'a>(
    first: impl Fn(&mut Buffer) -> Result<IsNull, ValueError> + 'a,
    second: impl Fn(&mut Buffer) -> Result<IsNull, ValueError> + 'a,
) -> impl Fn(&mut Buffer) -> Result<IsNull, ValueError> + 'a {
    move |out| {
        for word in [1i32, 0, 0, 2, 1] {
            out.put(&word.to_be_bytes());
        }
        out.put_sized(&first)?;
        out.put_sized(&second)?;
        Ok(IsNull::No)
    }
}

fn pair(out: &mut Buffer) -> Result<IsNull, ValueError> {
    out.put(&2i32.to_be_bytes());
    out.put(&0u32.to_be_bytes());
    out.put_sized(|out| {
        out.put(&7i32.to_be_bytes());
        Ok(IsNull::No)
    })?;
    out.put(&0u32.to_be_bytes());
    out.put_sized(array_of(label("ok"), label("sad")))?;
    Ok(IsNull::No)
}

fn statement(
    text: &'static str,
    ty: &'static PgType,
    encode: impl Fn(&mut Buffer) -> Result<IsNull, ValueError>,
) -> Statement {
    let mut statement = sql(text);
    statement.params.push(Param::encode(ty, encode));
    statement
}

#[tokio::test]
async fn enums_arrays_of_them_and_composites_can_be_sent() {
    let db = database().await;
    types(&db).await;
    let connection = db.connection().await.unwrap();
    for _ in 0..2 {
        let mood = statement("SELECT ($1::drv_mood)::text", &MOOD, label("ok"));
        assert_eq!(all::<String>(&connection, &mood).await.unwrap(), ["ok"]);
        let moods = statement(
            "SELECT ($1::drv_mood[])::text",
            &MOODS,
            array_of(label("sad"), label("ok")),
        );
        assert_eq!(all::<String>(&connection, &moods).await.unwrap(), ["{sad,ok}"]);
        let one = statement("SELECT ($1::drv_pair)::text", &PAIR, pair);
        assert_eq!(all::<String>(&connection, &one).await.unwrap(), ["(7,\"{ok,sad}\")"]);
        let pairs = statement(
            "SELECT (($1::drv_pair[])[2]).moods[1]::text",
            &PAIRS,
            array_of(pair, pair),
        );
        assert_eq!(all::<String>(&connection, &pairs).await.unwrap(), ["ok"]);
    }
}

#[tokio::test]
async fn a_domain_takes_what_its_base_type_takes() {
    let db = database().await;
    types(&db).await;
    let table = unique("domain");
    db.batch(&format!(
        "CREATE TABLE {table} (mood drv_mood_not_sad, moods drv_mood_not_sad[])"
    ))
    .await
    .unwrap();
    let text: &'static str = format!("INSERT INTO {table} (mood) VALUES ($1)").leak();
    db.run(&statement(text, &MOOD, label("ok")), &mut Ignore).await.unwrap();
    let error = db
        .run(&statement(text, &MOOD, label("sad")), &mut Ignore)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CheckViolation);
    db.batch(&format!("DROP TABLE {table}")).await.unwrap();
}

#[tokio::test]
async fn a_parameter_of_another_type_than_the_database_takes_is_refused_in_words() {
    let db = database().await;
    types(&db).await;
    let error = db
        .run(&statement("SELECT $1::int4", &MOOD, label("ok")), &mut Ignore)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ColumnType);
    assert!(
        error.to_string().contains("drv_mood") && error.to_string().contains("int4"),
        "{error}"
    );
}

#[tokio::test]
async fn a_label_that_the_enum_does_not_have_is_the_servers_error_without_the_value() {
    let db = database().await;
    types(&db).await;
    let unknown = statement("SELECT $1::drv_mood", &MOOD, label("canary"));
    let error = db.run(&unknown, &mut Ignore).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidValue);
    assert!(!format!("{error} {error:?}").contains("canary"));
}

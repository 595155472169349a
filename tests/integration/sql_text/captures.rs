//! What can be captured, and what the server gets of it.

use std::sync::Arc;

use orm::ErrorKind;
use orm::prelude::*;

use super::{Address, Mood, User, users};

/// What the server takes a parameter's type for, and its value as text.
type Seen = (String, Option<String>);

macro_rules! seen {
    ($db:expr, $text:literal) => {
        sql!($text).one::<Seen>($db).await?
    };
}

fn seen(ty: &str, text: &str) -> Seen {
    (ty.to_owned(), Some(text.to_owned()))
}

#[orm::test]
async fn values_and_references_to_them_are_parameters_of_their_type(db: Database) -> Result<(), Error> {
    let (number, text) = (7_i64, String::from("it's"));
    let (reference, twice, shared): (&String, &&str, Arc<str>) = (&text, &"b", Arc::from("c"));
    let (some, none): (Option<i16>, Option<bool>) = (Some(3), None);
    assert_eq!(
        seen!(&db, "SELECT pg_typeof({number})::text, {number}::text"),
        seen("bigint", "7")
    );
    assert_eq!(
        seen!(&db, "SELECT pg_typeof({number + 1})::text, {number + 1}::text"),
        seen("bigint", "8")
    );
    assert_eq!(
        seen!(&db, "SELECT pg_typeof({5})::text, {5}::text"),
        seen("integer", "5")
    );
    assert_eq!(
        seen!(&db, "SELECT pg_typeof({text})::text, {text}"),
        seen("text", "it's")
    );
    assert_eq!(
        seen!(&db, "SELECT pg_typeof({reference})::text, {reference}"),
        seen("text", "it's")
    );
    assert_eq!(
        seen!(&db, "SELECT pg_typeof({twice})::text, {twice}"),
        seen("text", "b")
    );
    assert_eq!(
        seen!(&db, "SELECT pg_typeof({shared})::text, {&shared}"),
        seen("text", "c")
    );
    assert_eq!(
        seen!(&db, "SELECT pg_typeof({text.as_str()})::text, {*reference}"),
        seen("text", "it's")
    );
    assert_eq!(
        seen!(&db, "SELECT pg_typeof({some})::text, {some}::text"),
        seen("smallint", "3")
    );
    assert_eq!(seen!(&db, "SELECT pg_typeof({none})::text, {none}::text").0, "boolean");
    assert_eq!(seen!(&db, "SELECT pg_typeof({none})::text, {none}::text").1, None);
    Ok(())
}

#[orm::test]
async fn options_of_references_are_null_or_what_they_refer_to(db: Database) -> Result<(), Error> {
    let (name, numbers) = (Some(String::from("a")), Some(vec![1, 2]));
    assert_eq!(
        seen!(&db, "SELECT pg_typeof({name.as_deref()})::text, {name.as_deref()}"),
        seen("text", "a")
    );
    assert_eq!(
        seen!(&db, "SELECT pg_typeof({name.as_ref()})::text, {name.as_ref()}"),
        seen("text", "a")
    );
    assert_eq!(
        seen!(
            &db,
            "SELECT pg_typeof({numbers.as_deref()})::text, {numbers.as_deref()}::text"
        ),
        seen("integer[]", "{1,2}")
    );
    let nothing: Option<&str> = None;
    assert_eq!(
        seen!(&db, "SELECT pg_typeof({nothing})::text, {nothing}"),
        ("text".to_owned(), None)
    );
    Ok(())
}

#[orm::test]
async fn lists_are_arrays(db: Database) -> Result<(), Error> {
    let (numbers, texts, optional) = (vec![1_i64, 2], ["a", "b"], vec![Some(1_i16), None]);
    let slice: &[i64] = &numbers[..1];
    assert_eq!(
        seen!(&db, "SELECT pg_typeof({numbers})::text, {numbers}::text"),
        seen("bigint[]", "{1,2}")
    );
    assert_eq!(
        seen!(&db, "SELECT pg_typeof({slice})::text, {slice}::text"),
        seen("bigint[]", "{1}")
    );
    assert_eq!(
        seen!(&db, "SELECT pg_typeof({[1, 2]})::text, {[1, 2]}::text"),
        seen("integer[]", "{1,2}")
    );
    assert_eq!(
        seen!(&db, "SELECT pg_typeof({texts})::text, {texts}::text"),
        seen("text[]", "{a,b}")
    );
    assert_eq!(
        seen!(&db, "SELECT pg_typeof({&texts[..]})::text, {texts.to_vec()}::text"),
        seen("text[]", "{a,b}")
    );
    assert_eq!(
        seen!(&db, "SELECT pg_typeof({optional})::text, {optional}::text"),
        seen("smallint[]", "{1,NULL}")
    );
    assert_eq!(
        seen!(&db, "SELECT pg_typeof({b\"ab\"})::text, {&b\"ab\"[..]}::text"),
        seen("bytea", "\\x6162")
    );
    assert_eq!(sql!("SELECT ({numbers})[2] + {numbers}[1]").one::<i64>(&db).await?, 3);
    let none: [&str; 0] = [];
    assert_eq!(sql!("SELECT cardinality({none})").one::<i32>(&db).await?, 0);
    Ok(())
}

#[orm::test(setup = users)]
async fn types_known_by_name_are_cast(db: Database) -> Result<(), Error> {
    let (mood, moods) = (Mood::Glad, vec![Mood::Calm, Mood::Glad]);
    let glad = sql!("SELECT count(*) FROM sql_users WHERE mood = {mood} AND {mood} = ANY({moods})");
    assert_eq!(
        glad.clone().to_sql().text,
        "SELECT count(*) FROM sql_users WHERE mood = $1::\"sql_mood\" AND $1::\"sql_mood\" = ANY($2::\"sql_mood\"[])"
    );
    assert_eq!(glad.one::<i64>(&db).await?, 2);
    // Of a parameter without a cast the server would not know the type; with one, the index would be the type's.
    assert_eq!(sql!("SELECT {moods}[2] AS mood").one::<Mood>(&db).await?, Mood::Glad);
    let (street, zip) = (String::from("Main Street"), None);
    let address = Address { street, zip };
    assert_eq!(
        sql!("SELECT ({address}).street").one::<String>(&db).await?,
        address.street
    );
    assert_eq!(sql!("SELECT {address}").one::<Address>(&db).await?, address);
    let nobody: Option<Mood> = None;
    assert_eq!(sql!("SELECT {nobody}").one::<Option<Mood>>(&db).await?, None);
    Ok(())
}

#[orm::test(setup = users)]
async fn any_expression_can_be_captured(db: Database) -> Result<(), Error> {
    struct Form {
        user: User,
        limit: Option<i64>,
    }
    let form = Form {
        user: User::find(2).one(&db).await?,
        limit: None,
    };
    let names: Vec<String> = sql!(
        r#"SELECT name FROM sql_users
           WHERE id = {form.user.id} OR id = {form.limit.map_or(3_i64, |_| 1)}
              OR name = { { let close = "}"; close.trim_matches('}') } } OR name = {format!("{}nn", 'A')}
           ORDER BY id LIMIT {form.limit.unwrap_or(10)}"#
    )
    .all(&db)
    .await?;
    assert_eq!(names, ["Ann", "Bob", "Cleo"]);
    Ok(())
}

#[orm::test]
async fn literals_names_and_comments_stay_as_they_are(db: Database) -> Result<(), Error> {
    let one = 1;
    let rows: Vec<(String, String, String, i32)> = sql!(
        r#"SELECT '{{"a": "--"}}'::jsonb ->> 'a' AS "{{x}} /*", /* ' /* {{ */ " */ E'it\'s {{}}'
           ';\' --' -- a comment's quote
           , $tag$ $$ ' $1 {{}} $tag$, U&"\0061" FROM (SELECT {one} AS a) _"#
    )
    .all(&db)
    .await?;
    let expected = ("--", "it's {};' --", " $$ ' $1 {} ", 1);
    let [(a, b, c, d)] = &rows[..] else { panic!("one row") };
    assert_eq!((&**a, &**b, &**c, *d), expected);
    Ok(())
}

#[orm::test]
async fn names_mean_what_they_mean_where_the_text_is_written(db: Database) -> Result<(), Error> {
    const TEXT: &str = "the user's own";
    macro_rules! doubled {
        ($value:expr) => {{
            let inner = $value * 2;
            sql!("SELECT {inner}").one::<i32>(&db).await?
        }};
    }
    let inner = 4;
    assert_eq!(doubled!(inner), 8);
    assert_eq!(sql!("SELECT {TEXT}").one::<String>(&db).await?, TEXT);
    Ok(())
}

#[orm::test]
async fn a_value_that_cannot_be_sent_is_an_error_that_names_its_place(db: Database) {
    let (fine, text) = (1, "a\0b");
    let error = sql!("SELECT {fine}, {text}")
        .execute(&db)
        .await
        .expect_err("NUL cannot be stored");
    assert_eq!(error.kind(), ErrorKind::Encode);
    assert!(error.to_string().contains("parameter $2 of type text"), "{error}");
}

#[orm::test(setup = users)]
async fn text_that_looks_like_sql_stays_a_value(db: Database) -> Result<(), Error> {
    for hostile in [
        "'; DROP TABLE sql_users; --",
        "' OR 'a' = 'a",
        "\\'; SELECT 1; --",
        "$1",
        "{id}",
        "%_",
    ] {
        assert_eq!(sql!("SELECT {hostile}").one::<String>(&db).await?, hostile);
        let like = sql!("SELECT count(*) FROM sql_users WHERE name = '%' || {hostile} || '%'");
        assert_eq!(like.one::<i64>(&db).await?, 0);
    }
    assert_eq!(User::query().count(&db).await?, 3);
    Ok(())
}

//! Patterns and functions of text, CASE, and casts from and to it.

use orm::prelude::*;

use super::people::{Person, PersonFields, ids, people};

async fn of<S: orm::Select<Phase = orm::PerRow>>(db: &Database, id: i32, select: fn(PersonFields) -> S) -> S::Row {
    let query = Person::query().filter(|p| p.id.eq(id)).select(select);
    query.one(db).await.expect("the server takes the query")
}

#[orm::test(setup = people)]
async fn patterns_have_wildcards_and_literals_have_none(db: Database) {
    let found = |query| ids(query, &db);
    let query = Person::query;
    assert_eq!(found(query().filter(|p| p.name.like("%n%"))).await, [1, 4]);
    assert_eq!(found(query().filter(|p| p.name.like("_n_"))).await, [1]);
    assert_eq!(found(query().filter(|p| p.name.not_like("%n%"))).await, [2, 3, 5]);
    assert_eq!(found(query().filter(|p| p.name.ilike("ANN"))).await, [1]);
    assert_eq!(found(query().filter(|p| p.nickname.like("50\\%%"))).await, [3]);
    assert_eq!(found(query().filter(|p| p.nickname.starts_with("50%_"))).await, [3]);
    assert_eq!(
        found(query().filter(|p| p.nickname.starts_with("5%"))).await,
        [] as [i32; 0]
    );
    assert_eq!(found(query().filter(|p| p.nickname.ends_with("_off\\"))).await, [3]);
    assert_eq!(found(query().filter(|p| p.nickname.contains("%_"))).await, [3]);
    assert_eq!(found(query().filter(|p| p.nickname.contains("_"))).await, [3]);
    assert_eq!(found(query().filter(|p| p.nickname.contains(""))).await, [2, 3, 4, 5]);
    assert_eq!(
        found(query().filter(|p| p.name.contains(&String::from("leo")))).await,
        [3]
    );
    // A column is taken literally, too.
    assert_eq!(
        found(query().filter(|p| p.nickname.contains(p.nickname))).await,
        [2, 3, 4, 5]
    );
    assert_eq!(
        found(query().filter(|p| p.name.like(p.name.concat("%")))).await,
        [1, 2, 3, 4, 5]
    );
    assert_eq!(found(query().filter(|p| p.name.matches("^[A-C]"))).await, [1, 2, 3]);
    assert_eq!(found(query().filter(|p| p.name.imatches("^a"))).await, [1]);
    assert_eq!(found(query().filter(|p| !p.name.like("%n%") & p.active)).await, [3, 5]);
}

#[orm::test(setup = people)]
async fn functions_of_text(db: Database) {
    assert_eq!(
        of(&db, 5, |p| (p.name.lower(), p.name.upper(), p.name.length())).await,
        ("élodie".into(), "ÉLODIE".into(), 6)
    );
    assert_eq!(
        of(&db, 1, |p| (p.nickname.lower(), p.nickname.length())).await,
        (None, None)
    );
    assert_eq!(
        of(&db, 3, |p| (p.name.left(2), p.name.right(2), p.name.substring(2, 2))).await,
        ("Cl".into(), "eo".into(), "le".into())
    );
    assert_eq!(
        of(&db, 3, |p| (p.name.position("e"), p.name.replace("e", "%"))).await,
        (3, "Cl%o".into())
    );
    assert_eq!(
        of(&db, 2, |p| orm::value("  x ".to_owned()).trim().concat(p.name)).await,
        "xBob"
    );
    assert_eq!(
        of(&db, 2, |p| p.name.concat(" ").concat(p.nickname)).await,
        Some("Bob bobby".into())
    );
    assert_eq!(of(&db, 1, |p| p.name.concat(p.nickname)).await, None);
}

#[orm::test(setup = people)]
async fn several_texts_are_joined_and_nulls_left_out(db: Database) {
    assert_eq!(
        of(&db, 1, |p| orm::concat((
            p.name,
            "/",
            p.nickname,
            "/",
            p.age.cast::<String>()
        )))
        .await,
        "Ann//42"
    );
    assert_eq!(
        of(&db, 1, |p| orm::concat_ws(", ", (p.name, p.nickname, "x"))).await,
        "Ann, x"
    );
    assert_eq!(
        of(&db, 2, |p| orm::concat_ws(", ", (p.name, p.nickname, p.name.upper()))).await,
        "Bob, bobby, BOB"
    );
    let found = Person::query().filter(|p| orm::concat((p.name, p.nickname)).eq("DanAnn"));
    assert_eq!(ids(found, &db).await, [4]);
}

#[orm::test(setup = people)]
async fn case_takes_the_first_branch_that_holds(db: Database) {
    let label = |p: PersonFields| {
        case()
            .when(p.age.lt(18), "minor")
            .when(p.age.lt(70), "adult")
            .otherwise("senior")
    };
    let labels = Person::query()
        .order_by(|p| p.id.asc())
        .select(label)
        .all(&db)
        .await
        .unwrap();
    assert_eq!(labels, ["adult", "minor", "adult", "senior", "adult"]);
    assert_eq!(of(&db, 4, |p| case().when(p.age.lt(18), 1).end()).await, None);
    assert_eq!(
        of(&db, 2, |p| case()
            .when(p.nickname.eq("bobby"), p.name)
            .otherwise(p.nickname))
        .await,
        Some("Bob".into())
    );
    assert_eq!(
        of(&db, 1, |p| case()
            .when(p.nickname.eq("bobby"), p.name)
            .otherwise("none"))
        .await,
        "none"
    );
    // As an operand it needs no parentheses.
    let sorted = Person::query().filter(|p| label(p).eq("adult") & p.active);
    assert_eq!(ids(sorted, &db).await, [1, 3, 5]);
}

#[orm::test(setup = people)]
async fn a_text_with_the_character_nul_is_refused_before_sending(db: Database) {
    for query in [
        Person::query().filter(|p| p.name.eq("a\0b")),
        Person::query().filter(|p| p.name.starts_with("a\0b")),
        Person::query().filter(|p| p.name.contains("a\0b")),
        Person::query().filter(|p| p.name.in_(["a\0b"])),
    ] {
        let error = query.all(&db).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Encode, "{error}");
        assert!(error.to_string().contains("NUL"), "{error}");
    }
}

#[orm::test(setup = people)]
async fn casts_are_those_that_postgresql_has(db: Database) {
    let text = |text: &str| orm::value(text.to_owned());
    let row = Person::query().filter(|p| p.id.eq(1));
    let numbers = row.clone().select(|p| {
        (
            text("7").cast::<i16>(),
            text("7").cast::<i32>(),
            text("7").cast::<i64>(),
            text("7").cast::<f32>(),
            text("7").cast::<f64>(),
            text("t").cast::<bool>(),
            text("7.50").cast::<rust_decimal::Decimal>(),
            p.age.cast::<bool>(),
            p.active.cast::<i32>(),
            p.active.cast::<String>(),
            p.height.cast::<f32>(),
            p.age.cast::<String>(),
        )
    });
    let expected = (
        7,
        7,
        7,
        7.0,
        7.0,
        true,
        rust_decimal::Decimal::new(750, 2),
        true,
        1,
        "true".into(),
        Some(1.7),
        "42".into(),
    );
    assert_eq!(numbers.one(&db).await.unwrap(), expected);
    let id = "0b9f7ad6-3a4f-4fd0-9ad5-0d1f3b7a3b61";
    let others = row.select(|_| {
        (
            text(id).cast::<uuid::Uuid>().cast::<String>(),
            text("[1, true]").cast::<serde_json::Value>().cast::<String>(),
            text("true").cast::<serde_json::Value>().json_as::<bool>(),
            text("7").cast::<serde_json::Value>().json_as::<i64>(),
            text("2024-02-29 12:00:00")
                .cast::<chrono::NaiveDateTime>()
                .cast::<chrono::NaiveDate>()
                .cast::<String>(),
            text("2024-02-29 12:00:00Z")
                .cast::<chrono::DateTime<chrono::Utc>>()
                .cast::<chrono::NaiveTime>(),
            text("12:34").cast::<chrono::NaiveTime>().cast::<String>(),
        )
    });
    let (uuid, json, truth, seven, date, noon, time) = others.one(&db).await.unwrap();
    assert_eq!((&*uuid, &*json, truth, seven), (id, "[1, true]", Some(true), Some(7)));
    assert_eq!(
        (&*date, noon.to_string(), &*time),
        ("2024-02-29", "12:00:00".to_owned(), "12:34:00")
    );
    let wrong = Person::query()
        .select(|p| p.name.cast::<i32>())
        .all(&db)
        .await
        .unwrap_err();
    assert_eq!(wrong.kind(), ErrorKind::InvalidValue);
    assert!(!wrong.to_string().contains("Ann"), "{wrong}");
}

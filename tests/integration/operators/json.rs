//! jsonb and jsonpath.

use orm::prelude::*;
use orm::{json_array, json_object, to_jsonb};
use serde_json::{Value, json};

use super::support::{error_of, of};

#[derive(Model)]
#[orm(table = "papers")]
struct Paper {
    #[orm(primary_key)]
    id: i32,
    document: Value,
    note: Option<Json<Note>>,
    key: String,
    at: i32,
    keys: Vec<String>,
    absent: Option<String>,
}

#[derive(serde::Serialize, serde::Deserialize, Debug, Clone, PartialEq)]
struct Note {
    text: String,
    size: Option<i32>,
}

fn document() -> Value {
    json!({"name": "Ann", "age": 42, "none": null, "ok": true, "tags": ["x", "y", {"z": 1.5}]})
}

async fn papers(db: Database) -> Result<(), Error> {
    orm::create_all(&[Paper::TABLE], &db).await?;
    let paper = |id, document, note: Option<Note>| NewPaper {
        id,
        document,
        note: note.map(Json),
        key: "name".into(),
        at: 1,
        keys: vec!["tags".into(), "0".into()],
        absent: None,
    };
    let note = Note {
        text: "hi".into(),
        size: None,
    };
    let full = paper(1, document(), Some(note));
    let empty = paper(2, json!([1, "a", null]), None);
    Paper::insert_many([full, empty]).execute(&db).await?;
    Ok(())
}

fn full() -> orm::Query<Paper> {
    Paper::query().filter(|p| p.id.eq(1))
}

fn array() -> orm::Query<Paper> {
    Paper::query().filter(|p| p.id.eq(2))
}

#[orm::test(setup = papers)]
async fn members_and_elements_by_key_index_and_path(db: Database) {
    let row = of(&db, full(), |p| {
        (
            p.document.get("age"),
            p.document.get(p.key),
            p.document.get("tags").get(p.at),
            p.document.get("tags").get(-1).get("z"),
            p.document.get("none"),
            p.document.get("missing"),
            p.document.get(p.absent),
        )
    })
    .await;
    let y = Some(json!("y"));
    assert_eq!(
        row,
        (
            Some(json!(42)),
            Some(json!("Ann")),
            y,
            Some(json!(1.5)),
            Some(Value::Null),
            None,
            None
        )
    );
    let row = of(&db, full(), |p| {
        (
            p.document.get_text(p.key),
            p.document.get_text("none"),
            p.document.get_text("tags"),
            p.document.get_path(["tags", "2", "z"]),
            p.document.get_path(p.keys),
            p.document.get_path_text(&["tags", "1"]),
            p.note.get_text("text"),
        )
    })
    .await;
    let tags = serde_json::from_str::<Value>(row.2.as_deref().unwrap()).unwrap();
    assert_eq!(
        (row.0, row.1, tags),
        (Some("Ann".into()), None, document()["tags"].clone())
    );
    assert_eq!((row.3, row.4), (Some(json!(1.5)), Some(json!("x"))));
    assert_eq!((row.5, row.6), (Some("y".into()), Some("hi".into())));
}

#[orm::test(setup = papers)]
async fn scalars_as_values_with_the_null_of_json_as_null(db: Database) {
    let row = of(&db, full(), |p| {
        (
            p.document.get("age").json_as::<i32>(),
            p.document.get("age").json_as::<f64>(),
            p.document.get("none").json_as::<i32>(),
            p.document.get("ok").json_as::<bool>(),
            p.document.get("name").json_as::<String>(),
            p.document.get("missing").json_as::<i64>(),
            p.document
                .get_path(["tags", "2", "z"])
                .json_as::<rust_decimal::Decimal>(),
        )
    })
    .await;
    let expected = (
        Some(42),
        Some(42.0),
        None,
        Some(true),
        Some("Ann".into()),
        None,
        Some(rust_decimal::Decimal::new(15, 1)),
    );
    assert_eq!(row, expected);
    assert_eq!(
        error_of(&db, full(), |p| p.document.get("name").json_as::<i32>()).await,
        "22P02"
    );
}

#[orm::test(setup = papers)]
async fn containment_and_keys(db: Database) {
    let row: (bool, bool, Option<bool>, bool) = of(&db, full(), |p| {
        (
            p.document.contains(json!({"age": 42})),
            to_jsonb("Ann").contained_in_json(json_array((p.document.get("name"), 1))),
            p.note.contained_in_json(json!({"text": "hi", "size": null, "more": 1})),
            p.document.contains(json_object(((p.key, "Ann"),))),
        )
    })
    .await;
    assert_eq!(row, (true, true, Some(true), true));
    let row: (bool, bool, bool, bool, Option<bool>, Option<bool>, bool) = of(&db, full(), |p| {
        (
            p.document.has_key("none"),
            p.document.has_key(p.key),
            p.document.has_any_key(["zzz", "age"]),
            p.document.has_all_keys(p.keys),
            p.document.has_key(p.absent),
            p.note.has_any_key(["text"]),
            p.document.has_all_keys(Vec::<String>::new()),
        )
    })
    .await;
    assert_eq!(row, (true, true, true, false, None, Some(true), true));
}

#[orm::test(setup = papers)]
async fn documents_are_changed(db: Database) {
    let row = of(&db, full(), |p| {
        (
            p.document
                .without_keys(["tags", "none", "ok"])
                .concat_json(json!({"age": 43})),
            p.document.get("tags").without_index(0),
            p.document.without_path(["tags", "2"]).get("tags"),
            p.document.without_key(p.key).has_key("name"),
            p.note.concat_json(Json(Note {
                text: "ho".into(),
                size: Some(1),
            })),
        )
    })
    .await;
    assert_eq!(row.0, json!({"name": "Ann", "age": 43}));
    assert_eq!(row.1, Some(json!(["y", {"z": 1.5}])));
    assert_eq!((row.2, row.3), (Some(json!(["x", "y"])), false));
    assert_eq!(row.4, Some(json!({"text": "ho", "size": 1})));
    let row: (Value, Value, Value, Value, Option<Value>) = of(&db, array(), |p| {
        (
            p.document.set_path(["1"], json!("b")),
            p.document.replace_path(["9"], json!(0)),
            p.document.insert_path(["0"], to_jsonb(p.id)),
            p.document.insert_path_after(["-1"], json!({})),
            p.document.set_path(["0"], to_jsonb(p.absent)),
        )
    })
    .await;
    assert_eq!(row.0, json!([1, "b", null]));
    assert_eq!(row.1, json!([1, "a", null]));
    assert_eq!(row.2, json!([2, 1, "a", null]));
    assert_eq!(row.3, json!([1, "a", null, {}]));
    assert_eq!(row.4, None);
    let stripped = of(&db, full(), |p| p.document.strip_nulls().has_key("none")).await;
    assert!(!stripped);
    assert_eq!(
        error_of(&db, full(), |p| p.document.insert_path(["age"], json!(1))).await,
        "22023"
    );
    assert_eq!(error_of(&db, full(), |p| p.document.without_index(0)).await, "22023");
}

#[orm::test(setup = papers)]
async fn documents_are_stored_where_they_are_changed(db: Database) {
    let update = full().update(|p| p.document.set(p.document.set_path(["age"], json!(50))));
    assert_eq!(update.execute(&db).await.unwrap(), 1);
    assert_eq!(
        of(&db, full(), |p| p.document.get("age").json_as::<i32>()).await,
        Some(50)
    );
}

#[orm::test(setup = papers)]
async fn documents_are_described_and_made(db: Database) {
    let row = of(&db, array(), |p| {
        (
            p.document.json_type(),
            p.document.json_array_length(),
            p.document.json_pretty(),
            p.document.get(2).json_type(),
            p.note.json_type(),
        )
    })
    .await;
    let pretty = "[\n    1,\n    \"a\",\n    null\n]".to_owned();
    assert_eq!(row, ("array".into(), 3, pretty, Some("null".into()), None));
    let row: (Value, Value, Value, Option<Value>, Value) = of(&db, full(), |p| {
        (
            json_object((
                ("id", p.id),
                ("tags", p.document.get("tags").get(0)),
                ("absent", p.absent),
            )),
            json_array((p.id, p.key, true, p.absent, 1.5)),
            to_jsonb(p.keys),
            to_jsonb(p.absent),
            to_jsonb(p.at + 1),
        )
    })
    .await;
    assert_eq!(row.0, json!({"id": 1, "tags": "x", "absent": null}));
    assert_eq!(row.1, json!([1, "name", true, null, 1.5]));
    assert_eq!((row.2, row.3, row.4), (json!(["tags", "0"]), None, json!(2)));
}

/// What the database makes is a document; where a typed one is wanted, it is one, without a word of SQL text.
#[orm::test(setup = papers)]
async fn a_typed_document_is_written_and_read_in_parts(db: Database) {
    let resized = full()
        .update(|p| p.note.set(p.note.set_path(["size"], to_jsonb(p.at + 4))))
        .one(&db)
        .await
        .unwrap();
    let note = |text: &str, size| {
        Json(Note {
            text: text.into(),
            size,
        })
    };
    assert_eq!(resized.note, Some(note("hi", Some(5))));
    let copied = full()
        .update(|p| p.document.set(p.note.coalesce(note("none", None))))
        .one(&db)
        .await
        .unwrap();
    assert_eq!(copied.document, json!({"text": "hi", "size": 5}));
    let row: (Option<Json<Vec<Value>>>, Json<Note>, Option<Value>, String) = of(&db, array(), |p| {
        (
            json_object((("tags", json_array((1, "a"))),))
                .get("tags")
                .cast::<Json<Vec<Value>>>(),
            p.document.get(9).cast::<Json<Note>>().coalesce(note("none", None)),
            p.note.cast::<Value>(),
            p.document.cast::<Json<Vec<Value>>>().cast::<String>(),
        )
    })
    .await;
    assert_eq!(row.0, Some(Json(vec![json!(1), json!("a")])));
    assert_eq!((row.1, row.2), (note("none", None), None));
    assert_eq!(row.3, r#"[1, "a", null]"#);
    // What is no such document is told by its reader.
    let error = array()
        .select(|p| p.document.cast::<Json<Note>>())
        .one(&db)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
}

#[derive(Row, Debug, PartialEq)]
struct Gathered {
    papers: Json<Vec<Line>>,
    none: Option<Json<Vec<Line>>>,
    notes: Value,
}

#[derive(serde::Serialize, serde::Deserialize, Debug, PartialEq)]
struct Line {
    id: i32,
    key: String,
}

#[orm::test(setup = papers)]
async fn rows_are_gathered_into_typed_documents(db: Database) {
    let gathered = Paper::query()
        .aggregate(|g| GatheredExpr {
            papers: g
                .order_by(|p| p.id.asc())
                .jsonb_agg(|p| json_object((("id", p.id), ("key", p.key))))
                .coalesce(json!([])),
            none: g
                .filter(|p| p.id.gt(9))
                .jsonb_agg(|p| json_object((("id", p.id), ("key", p.key)))),
            notes: g
                .filter(|p| p.note.is_not_null())
                .jsonb_agg(|p| p.note.get("text"))
                .coalesce(json!([])),
        })
        .one(&db)
        .await
        .unwrap();
    let line = |id| Line { id, key: "name".into() };
    assert_eq!(gathered.papers, Json(vec![line(1), line(2)]));
    assert_eq!((gathered.none, gathered.notes), (None, json!(["hi"])));
}

#[orm::test(setup = papers)]
async fn paths_ask_and_find(db: Database) {
    let row: (Option<bool>, Option<bool>, Option<bool>, bool, Option<bool>) = of(&db, full(), |p| {
        (
            p.document.path_exists("$.tags[*] ? (@ == \"y\")"),
            p.document.path_matches("$.age > 50"),
            p.document.path_matches("$.age"),
            p.document
                .path_exists_with("$.age ? (@ > $least)", json!({"least": 40})),
            p.document
                .path_matches_with("$.age > $least", json_object((("least", p.at),))),
        )
    })
    .await;
    assert_eq!(row, (Some(true), Some(false), None, true, Some(true)));
    let row: (Option<Value>, Option<Value>, Value, Value, Option<Value>) = of(&db, full(), |p| {
        (
            p.document.path_first("$.tags[*]"),
            p.document.path_first("$.nothing"),
            p.document.path_all("$.tags[*].type()"),
            p.document.path_all_with("$.tags[*] ? (@ == $one)", json!({"one": "y"})),
            p.document.path_first_with("$.age + $more", json!({"more": 1})),
        )
    })
    .await;
    assert_eq!(row.0, Some(json!("x")));
    assert_eq!(row.1, None);
    assert_eq!(row.2, json!(["string", "string", "object"]));
    assert_eq!((row.3, row.4), (json!(["y"]), Some(json!(43))));
    assert_eq!(error_of(&db, full(), |p| p.document.path_exists("$.[")).await, "42601");
    let error = error_of(&db, full(), |p| p.document.path_matches_with("$.age", json!({}))).await;
    assert_eq!(error, "22038");
    // A path may be made by an expression.
    let made = of(&db, full(), |p| {
        p.document.path_first(value("$.".to_owned()).concat(p.key))
    })
    .await;
    assert_eq!(made, Some(json!("Ann")));
}

//! Arrays, jsonb and ranges.

use chrono::NaiveDate;
use orm::Range;
use orm::prelude::*;
use serde_json::{Value, json};

#[derive(Model, Debug, PartialEq)]
#[orm(table = "boxes")]
struct Container {
    #[orm(primary_key)]
    id: i32,
    numbers: Vec<i32>,
    texts: Option<Vec<String>>,
    holes: Vec<Option<i32>>,
    document: Value,
    note: Option<Json<Note>>,
    seats: Range<i32>,
    days: Option<Range<NaiveDate>>,
}

#[derive(serde::Serialize, serde::Deserialize, Debug, Clone, PartialEq)]
struct Note {
    text: String,
}

async fn containers(db: Database) -> Result<(), Error> {
    orm::create_all(&[Container::TABLE], &db).await?;
    let day = |day| NaiveDate::from_ymd_opt(2024, 2, day).unwrap();
    let full = NewContainer {
        id: 1,
        numbers: vec![3, 1, 2, 1],
        texts: Some(vec!["a".into(), "b,\"c".into()]),
        holes: vec![Some(1), None],
        document: json!({"name": "Ann", "tags": ["x", {"y": null}], "n": 1.5}),
        note: Some(Json(Note { text: "hi".into() })),
        seats: Range::from(1..=3),
        days: Some(Range::from(day(1)..day(11))),
    };
    let empty = NewContainer {
        id: 2,
        numbers: vec![],
        texts: None,
        holes: vec![],
        document: json!([1, 2]),
        note: None,
        seats: Range::Empty,
        days: None,
    };
    Container::insert_many([full, empty]).execute(&db).await?;
    Ok(())
}

async fn of<S: orm::Select<Phase = orm::PerRow>>(db: &Database, id: i32, select: fn(ContainerFields) -> S) -> S::Row {
    let query = Container::query().filter(|b| b.id.eq(id)).select(select);
    query.one(db).await.expect("the server takes the query")
}

async fn ids<C: orm::Condition<Phase = orm::PerRow>>(db: &Database, condition: fn(ContainerFields) -> C) -> Vec<i32> {
    let query = Container::query().filter(condition).order_by(|b| b.id.asc());
    query
        .select(|b| b.id)
        .all(db)
        .await
        .expect("the server takes the query")
}

const NONE: [i32; 0] = [];

#[orm::test(setup = containers)]
async fn arrays_contain_elements_and_other_arrays(db: Database) {
    assert_eq!(ids(&db, |b| b.numbers.contains(2)).await, [1]);
    assert_eq!(ids(&db, |b| b.numbers.contains(9)).await, NONE);
    assert_eq!(ids(&db, |b| b.texts.contains("b,\"c")).await, [1]);
    assert_eq!(ids(&db, |b| b.numbers.contains_all([1, 2])).await, [1]);
    assert_eq!(ids(&db, |b| b.numbers.contains_all([0; 0])).await, [1, 2]);
    assert_eq!(ids(&db, |b| b.numbers.contains_any([7, 2])).await, [1]);
    assert_eq!(ids(&db, |b| b.numbers.contained_in([1, 2, 3])).await, [1, 2]);
    assert_eq!(ids(&db, |b| b.texts.contains_any(["a", "z"])).await, [1]);
    assert_eq!(ids(&db, |b| b.numbers.eq([3, 1, 2, 1])).await, [1]);
    assert_eq!(ids(&db, |b| b.numbers.eq(Vec::<i32>::new())).await, [2]);
    assert_eq!(ids(&db, |b| b.texts.eq(["a", "b,\"c"])).await, [1]);
    assert_eq!(ids(&db, |b| b.numbers.gt(&[3, 0])).await, [1]);
    assert_eq!(ids(&db, |b| b.numbers.contains(b.id)).await, [1]);
}

/// `ANY` of a query would be one of its rows, and not one of the array that it gives.
#[orm::test(setup = containers)]
async fn an_array_that_a_query_gives_contains_elements(db: Database) {
    let first = || Container::query().filter(|b| b.id.eq(1));
    let numbers = || first().select(|b| b.numbers).scalar();
    let found = Container::query().filter(|b| numbers().contains(b.id)).count(&db).await;
    assert_eq!(found.unwrap(), 2);
    let found = Container::query().filter(|_| numbers().contains(9)).count(&db).await;
    assert_eq!(found.unwrap(), 0);
    let texts = Container::query().filter(|_| first().select(|b| b.texts).scalar().contains("a"));
    assert_eq!(texts.count(&db).await.unwrap(), 2);
    let holes = Container::query().filter(|_| first().select(|b| b.holes).scalar().contains(2).is_null());
    assert_eq!(holes.count(&db).await.unwrap(), 2);
}

#[orm::test(setup = containers)]
async fn functions_of_arrays(db: Database) {
    assert_eq!(
        of(&db, 1, |b| (
            b.numbers.cardinality(),
            b.numbers.element(1),
            b.numbers.element(9)
        ))
        .await,
        (4, Some(3), None)
    );
    assert_eq!(
        of(&db, 2, |b| (b.numbers.cardinality(), b.texts.cardinality())).await,
        (0, None)
    );
    assert_eq!(
        of(&db, 1, |b| (b.numbers.append(7), b.numbers.remove(1))).await,
        (vec![3, 1, 2, 1, 7], vec![3, 2])
    );
    assert_eq!(of(&db, 2, |b| b.texts.append("z")).await, ["z"]);
    assert_eq!(
        of(&db, 1, |b| b.numbers.concat_array(b.numbers.remove(1))).await,
        [3, 1, 2, 1, 3, 2]
    );
    assert_eq!(of(&db, 1, |b| b.holes).await, [Some(1), None]);
    assert_eq!(of(&db, 1, |b| b.numbers.append(7).element(5)).await, Some(7));
}

#[orm::test(setup = containers)]
async fn operators_of_jsonb(db: Database) {
    assert_eq!(ids(&db, |b| b.document.contains(json!({"name": "Ann"}))).await, [1]);
    assert_eq!(ids(&db, |b| b.document.contains(json!([2]))).await, [2]);
    assert_eq!(ids(&db, |b| b.note.contains(json!({"text": "hi"}))).await, [1]);
    assert_eq!(ids(&db, |b| b.document.has_key("name")).await, [1]);
    assert_eq!(ids(&db, |b| b.document.get_text("name").eq("Ann")).await, [1]);
    assert_eq!(ids(&db, |b| b.document.get("n").json_as::<f64>().gt(1.0)).await, [1]);
    assert_eq!(ids(&db, |b| b.document.eq(json!([1, 2]))).await, [2]);
    assert_eq!(
        of(&db, 1, |b| b.document.get("tags").get(1).get("y")).await,
        Some(Value::Null)
    );
    assert_eq!(
        of(&db, 1, |b| b.document.get_path(&["tags", "0"])).await,
        Some(json!("x"))
    );
    assert_eq!(
        of(&db, 1, |b| b.document.get_path_text(&["tags", "0"])).await,
        Some("x".into())
    );
    assert_eq!(
        of(&db, 1, |b| (b.document.get("nothing"), b.document.get(-1))).await,
        (None, None)
    );
    assert_eq!(
        of(&db, 2, |b| (b.document.json_type(), b.document.json_array_length())).await,
        ("array".into(), 2)
    );
    assert_eq!(of(&db, 2, |b| b.document.get(-1)).await, Some(json!(2)));
    assert_eq!(
        of(&db, 1, |b| b.note.get_text("text").concat("!")).await,
        Some("hi!".into())
    );
    assert_eq!(of(&db, 1, |b| b.note).await, Some(Json(Note { text: "hi".into() })));
    assert_eq!(ids(&db, |b| b.note.eq(Json(Note { text: "hi".into() }))).await, [1]);
}

#[orm::test(setup = containers)]
async fn ranges_contain_values_and_meet_other_ranges(db: Database) {
    let day = |day| NaiveDate::from_ymd_opt(2024, 2, day).unwrap();
    assert_eq!(ids(&db, |b| b.seats.contains(3)).await, [1]);
    assert_eq!(ids(&db, |b| b.seats.contains(4)).await, NONE);
    assert_eq!(ids(&db, |b| b.seats.contains(b.id)).await, [1]);
    assert_eq!(
        Container::query()
            .filter(|b| b.days.contains(day(10)))
            .count(&db)
            .await
            .unwrap(),
        1
    );
    assert_eq!(ids(&db, |b| b.seats.overlaps(Range::from(3..9))).await, [1]);
    assert_eq!(ids(&db, |b| b.seats.overlaps(Range::from(4..9))).await, NONE);
    assert_eq!(ids(&db, |b| b.seats.contains_range(Range::from(2..3))).await, [1]);
    assert_eq!(ids(&db, |b| b.seats.contains_range(Range::Empty)).await, [1, 2]);
    assert_eq!(
        ids(&db, |b| b.seats.contained_in_range(Range::from(0..9))).await,
        [1, 2]
    );
    assert_eq!(ids(&db, |b| b.seats.before(Range::from(4..9))).await, [1]);
    assert_eq!(ids(&db, |b| b.seats.after(Range::from(..1))).await, [1]);
    assert_eq!(ids(&db, |b| b.seats.adjacent(Range::from(4..9))).await, [1]);
    assert_eq!(ids(&db, |b| b.seats.is_empty()).await, [2]);
    assert_eq!(ids(&db, |b| b.seats.eq(Range::from(1..4))).await, [1]);
    assert_eq!(
        of(&db, 1, |b| (b.seats.lower_bound(), b.seats.upper_bound())).await,
        (Some(1), Some(4))
    );
    assert_eq!(
        of(&db, 2, |b| (b.seats.lower_bound(), b.days.upper_bound())).await,
        (None, None)
    );
    assert_eq!(
        of(&db, 1, |b| b.seats.intersection(Range::from(2..9))).await,
        Range::from(2..4)
    );
}

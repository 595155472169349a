//! Every column type through a model: by INSERT, by a batch, by COPY, and in conditions.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use orm::prelude::*;
use orm::{MaybeInfinite, Range};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::Recorder;

#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[orm(schema = "kinds", name = "Mood of a \"user\"")]
enum Mood {
    Sad,
    #[orm(rename = "it's ok")]
    Ok,
    Happy,
}

#[derive(DbEnum, Debug, Clone, PartialEq)]
#[orm(text)]
enum Colour {
    Red,
    #[orm(rename = "blue'ish")]
    Blue,
}

#[derive(DbType, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct UserId(i64);

#[derive(DbType, Debug, Clone, PartialEq)]
struct Email(String);

#[derive(DbType, Debug, Clone, PartialEq)]
#[orm(schema = "kinds")]
struct Address {
    street: String,
    #[orm(rename = "House No")]
    number: Option<i32>,
    mood: Mood,
    tags: Vec<String>,
}

#[derive(DbType, Debug, Clone, PartialEq)]
struct Move {
    from: Address,
    to: Option<Address>,
    owner: UserId,
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
struct Settings {
    theme: String,
    sizes: Vec<f64>,
    map: HashMap<String, Option<bool>>,
}

fn address(mood: Mood) -> Address {
    Address {
        street: "a,\"(b)\\ 'c'".into(),
        number: None,
        mood,
        tags: vec!["x".into(), String::new()],
    }
}

fn settings() -> Settings {
    Settings {
        theme: "\u{1F600}\"\\".into(),
        sizes: vec![0.1, -1e300],
        map: HashMap::from([("k".into(), None)]),
    }
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn long(letter: &str) -> String {
    letter.repeat(5_000)
}

/// Whether `insert_many` goes by COPY if it is asked to.
const COPIED: bool = true;
/// COPY needs OIDs that only the driver knows.
const NOT_COPIED: bool = false;

/// A module for each type: a table with a column of it and one of its `Option`.
macro_rules! every_type {
    ($($name:ident: $type:ty, $copied:ident = [$($value:expr),+ $(,)?];)*) => { $(
        mod $name {
            use super::*;

            #[derive(Model, Debug)]
            #[orm(table = "cells")]
            struct Cell {
                #[orm(primary_key)]
                id: i32,
                value: $type,
                maybe: Option<$type>,
            }

            fn shown(cells: &[Cell]) -> Vec<String> {
                cells.iter().map(|cell| format!("{:?}", (cell.id, &cell.value, &cell.maybe))).collect()
            }

            #[orm::test]
            async fn comes_back_as_it_was(db: Database) {
                let values: Vec<$type> = vec![$($value),+];
                let mut rows: Vec<($type, Option<$type>)> = values.iter().map(|v| (v.clone(), Some(v.clone()))).collect();
                rows.push((values[0].clone(), None));
                let new = |id: usize| {
                    let (value, maybe) = rows[id % rows.len()].clone();
                    NewCell { id: id as i32, value, maybe }
                };
                let expected = |count: usize| -> Vec<String> {
                    (0..count).map(|id| format!("{:?}", (id, &rows[id % rows.len()].0, &rows[id % rows.len()].1))).collect()
                };
                let all = || Cell::query().order_by(|c| c.id.asc()).all(&db);
                orm::create_all(&[Cell::TABLE], &db).await.unwrap();

                let mut returned = Vec::new();
                for id in 0..rows.len() {
                    returned.push(Cell::insert(new(id)).one(&db).await.unwrap());
                }
                assert_eq!(shown(&returned), expected(rows.len()), "INSERT … RETURNING");
                assert_eq!(shown(&all().await.unwrap()), expected(rows.len()), "INSERT");
                for (id, value) in values.iter().enumerate() {
                    let query = Cell::query().filter(|c| c.value.eq(value.clone()) & c.maybe.eq(value.clone()));
                    let found = query.filter(|c| c.id.eq(id as i32)).count(&db).await.unwrap();
                    assert_eq!(found, 1, "{value:?} equals itself");
                }
                assert_eq!(Cell::query().filter(|c| c.maybe.is_null()).count(&db).await.unwrap(), 1);

                let recorder = Recorder::new(&db);
                for (count, copy, copied) in [(rows.len(), false, false), (20, true, $copied)] {
                    Cell::query().all_rows().delete().execute(&db).await.unwrap();
                    let batch = Cell::insert_many((0..count).map(new)).copy(copy);
                    let stored = batch.execute(&recorder).await.unwrap();
                    assert_eq!(stored, count as u64);
                    let sent = recorder.take();
                    assert_eq!(sent.iter().any(|text| text.starts_with("COPY")), copied, "{}", sent[0]);
                    assert_eq!(shown(&all().await.unwrap()), expected(count), "{}", sent[0]);
                }
            }
        }
    )* };
}

every_type! {
    bools: bool, COPIED = [true, false];
    int2: i16, COPIED = [0, i16::MIN, i16::MAX];
    int4: i32, COPIED = [0, i32::MIN, i32::MAX];
    int8: i64, COPIED = [0, i64::MIN, i64::MAX];
    float4: f32, COPIED = [0.0, -0.0, f32::NAN, f32::INFINITY, f32::MIN_POSITIVE, f32::MAX, 0.1];
    float8: f64, COPIED = [0.0, -0.0, f64::NAN, f64::NEG_INFINITY, 5e-324, f64::MAX, 0.1];
    strings: String, COPIED = [String::new(), "'\"\\\n\t\u{1}日本\u{1F600}".into(), long("é"), "NULL".into(), "{}".into()];
    boxed: Box<str>, COPIED = ["".into(), "x".into()];
    shared: Arc<str>, COPIED = ["".into(), "x".into()];
    cow: Cow<'static, str>, COPIED = [Cow::Borrowed(""), Cow::Owned("x".into())];
    bytea: Vec<u8>, COPIED = [vec![], vec![0, 255, 92, 39], vec![7; 9_000]];
    interval: Interval, COPIED = [Interval::ZERO, Interval { months: -1, days: 40, microseconds: -1 }];
    ip: IpAddr, COPIED = ["0.0.0.0".parse().unwrap(), "::ffff:1.2.3.4".parse().unwrap(), "fe80::1".parse().unwrap()];
    int4range: Range<i32>, COPIED = [Range::Empty, Range::from(1..4), Range::from(..), Range::from(i32::MIN..), Range::from(..7)];
    int8range: Range<i64>, COPIED = [Range::Empty, Range::from(-1..4), Range::from(..)];
    numrange: Range<Decimal>, COPIED = [Range::from(Decimal::ONE..=Decimal::TEN), Range::from(Decimal::ZERO..)];
    daterange: Range<NaiveDate>, COPIED = [Range::from(NaiveDate::from_ymd_opt(2024, 2, 28).unwrap()..NaiveDate::from_ymd_opt(2024, 3, 1).unwrap()), Range::Empty];
    tstzrange: Range<DateTime<Utc>>, COPIED = [Range::from(at("2024-01-01T00:00:00Z")..=at("2024-01-01T00:00:00.000001Z"))];
    uuids: Uuid, COPIED = [Uuid::nil(), Uuid::max(), Uuid::from_u128(0x1234)];
    numeric: Decimal, COPIED = [Decimal::ZERO, Decimal::MAX, Decimal::MIN, "1.50".parse().unwrap(), Decimal::from_i128_with_scale(1, 28)];
    timestamptz: DateTime<Utc>, COPIED = [at("1970-01-01T00:00:00Z"), at("-4000-01-01T00:00:00Z"), at("+9999-12-31T23:59:59.999999Z")];
    timestamp: NaiveDateTime, COPIED = [at("0001-01-01T00:00:00Z").naive_utc(), at("2024-02-29T12:00:00.000001Z").naive_utc()];
    date: NaiveDate, COPIED = [NaiveDate::from_ymd_opt(2000, 1, 1).unwrap(), NaiveDate::from_ymd_opt(-4000, 2, 29).unwrap(), NaiveDate::from_ymd_opt(12000, 12, 31).unwrap()];
    time_of_day: NaiveTime, COPIED = [NaiveTime::MIN, NaiveTime::from_hms_micro_opt(23, 59, 59, 999_999).unwrap()];
    infinite: MaybeInfinite<DateTime<Utc>>, COPIED = [MaybeInfinite::Infinity, MaybeInfinite::NegInfinity, MaybeInfinite::Finite(at("2024-02-29T12:00:00Z"))];
    infinite_date: MaybeInfinite<NaiveDate>, COPIED = [MaybeInfinite::Infinity, MaybeInfinite::NegInfinity];
    jsonb: Value, COPIED = [Value::Null, json!({"a": [1, 2.5, "x\u{1F600}", null, {}]}), json!("")];
    typed_json: Json<Settings>, COPIED = [Json(settings())];
    enums: Mood, COPIED = [Mood::Sad, Mood::Ok, Mood::Happy];
    text_enums: Colour, COPIED = [Colour::Red, Colour::Blue];
    newtypes: UserId, COPIED = [UserId(0), UserId(i64::MIN)];
    text_newtypes: Email, COPIED = [Email(String::new()), Email("ä@example.org".into())];
    composites: Address, NOT_COPIED = [address(Mood::Ok), Address { street: String::new(), number: Some(-1), mood: Mood::Sad, tags: vec![] }];
    nested_composites: Move, NOT_COPIED = [
        Move { from: address(Mood::Happy), to: None, owner: UserId(7) },
        Move { from: address(Mood::Happy), to: Some(address(Mood::Sad)), owner: UserId(-7) },
    ];
    int4s: Vec<i32>, COPIED = [vec![], vec![1], vec![i32::MIN, i32::MAX, 0]];
    texts: Vec<String>, COPIED = [vec![], vec![String::new(), "NULL".into(), "a,\"b\\".into(), "{}".into()]];
    holes: Vec<Option<i32>>, COPIED = [vec![None], vec![Some(1), None, Some(3)], vec![]];
    float8s: Vec<f64>, COPIED = [vec![f64::NAN, -0.0]];
    byteas: Vec<Vec<u8>>, COPIED = [vec![vec![], vec![0, 255]]];
    uuid_list: Vec<Uuid>, COPIED = [vec![Uuid::nil(), Uuid::max()]];
    decimals: Vec<Decimal>, COPIED = [vec![Decimal::MAX, Decimal::ZERO]];
    instants: Vec<DateTime<Utc>>, COPIED = [vec![at("2024-02-29T12:00:00Z")]];
    documents: Vec<Json<Settings>>, COPIED = [vec![], vec![Json(settings())]];
    ranges: Vec<Range<i32>>, COPIED = [vec![Range::Empty, Range::from(1..4)]];
    enum_list: Vec<Mood>, NOT_COPIED = [vec![], vec![Mood::Happy, Mood::Ok]];
    optional_enums: Vec<Option<Mood>>, NOT_COPIED = [vec![None, Some(Mood::Ok)]];
    newtype_list: Vec<UserId>, COPIED = [vec![UserId(1), UserId(2)]];
    composite_list: Vec<Address>, NOT_COPIED = [vec![], vec![address(Mood::Ok), address(Mood::Sad)]];
}

#[cfg(feature = "cidr")]
every_type! {
    inet: cidr::IpInet, COPIED = ["192.168.0.1/24".parse().unwrap(), "::1/128".parse().unwrap()];
    cidr_: cidr::IpCidr, COPIED = ["192.168.0.0/24".parse().unwrap(), "::/0".parse().unwrap()];
}

#[cfg(feature = "jiff")]
every_type! {
    jiff_timestamp: jiff::Timestamp, COPIED = ["2024-02-29T12:00:00.000001Z".parse().unwrap()];
    jiff_datetime: jiff::civil::DateTime, COPIED = [jiff::civil::date(-44, 3, 15).at(1, 2, 3, 4000)];
    jiff_date: jiff::civil::Date, COPIED = [jiff::civil::date(2024, 2, 29)];
    jiff_time: jiff::civil::Time, COPIED = [jiff::civil::time(23, 59, 59, 999_999_000)];
}

#[cfg(feature = "time")]
every_type! {
    time_instant: time::OffsetDateTime, COPIED = [time::OffsetDateTime::UNIX_EPOCH];
    time_date: time::Date, COPIED = [time::Date::from_ordinal_date(2024, 60).unwrap()];
    time_time: time::Time, COPIED = [time::Time::from_hms_micro(23, 59, 59, 999_999).unwrap()];
}

/// Columns of types that are lists' elements.
#[derive(Model, Debug)]
#[orm(table = "elements")]
struct Elements {
    #[orm(primary_key)]
    id: i32,
    mood: Mood,
    maybe_mood: Option<Mood>,
    colour: Colour,
    owner: UserId,
    maybe_owner: Option<UserId>,
    uuid: Uuid,
    price: Option<Decimal>,
    at: DateTime<Utc>,
    address: Address,
    bytes: Vec<u8>,
    text: Box<str>,
    ip: IpAddr,
    seats: Range<i32>,
    json: Json<i32>,
    truth: bool,
}

async fn elements(db: Database) -> Result<(), Error> {
    orm::create_all(&[Elements::TABLE], &db).await?;
    let row = |id: i32, mood| NewElements {
        id,
        mood,
        maybe_mood: (id > 1).then_some(mood),
        colour: Colour::Blue,
        owner: UserId(id.into()),
        maybe_owner: (id > 1).then_some(UserId(id.into())),
        uuid: Uuid::from_u128(id as u128),
        price: Some(Decimal::new(id.into(), 1)),
        at: at("2024-02-29T12:00:00Z"),
        address: address(mood),
        bytes: vec![1, 2],
        text: "x".into(),
        ip: "10.0.0.1".parse().unwrap(),
        seats: Range::from(0..id),
        json: Json(id),
        truth: true,
    };
    Elements::insert_many([row(1, Mood::Sad), row(2, Mood::Happy)])
        .execute(&db)
        .await?;
    Ok(())
}

#[orm::test(setup = elements)]
async fn lists_are_of_every_element_type_also_for_optional_columns(db: Database) {
    async fn ids(db: &Database, condition: impl FnOnce(ElementsFields) -> Cond) -> Vec<i32> {
        let query = Elements::query()
            .filter(condition)
            .order_by(|e| e.id.asc())
            .select(|e| e.id);
        query.all(db).await.expect("the server takes the query")
    }
    let cond = |condition: orm::Expr<bool>| Cond::new(condition);
    assert_eq!(ids(&db, |e| cond(e.mood.in_([Mood::Sad, Mood::Ok]))).await, [1]);
    assert_eq!(
        ids(&db, |e| Cond::new(e.maybe_mood.in_([Mood::Sad, Mood::Happy]))).await,
        [2]
    );
    assert_eq!(ids(&db, |e| cond(e.mood.in_(BTreeSet::from([Mood::Happy])))).await, [2]);
    assert_eq!(ids(&db, |e| cond(e.mood.not_in([Mood::Happy]))).await, [1]);
    assert_eq!(ids(&db, |e| cond(e.colour.in_([Colour::Blue]))).await, [1, 2]);
    assert_eq!(ids(&db, |e| cond(e.owner.in_(&[UserId(2)]))).await, [2]);
    assert_eq!(
        ids(&db, |e| Cond::new(e.maybe_owner.in_(vec![UserId(1), UserId(2)]))).await,
        [2]
    );
    assert_eq!(ids(&db, |e| cond(e.uuid.in_([Uuid::from_u128(1)]))).await, [1]);
    assert_eq!(ids(&db, |e| Cond::new(e.price.in_([Decimal::new(20, 2)]))).await, [2]);
    assert_eq!(ids(&db, |e| cond(e.at.in_([at("2024-02-29T12:00:00Z")]))).await, [1, 2]);
    assert_eq!(ids(&db, |e| cond(e.address.in_([address(Mood::Sad)]))).await, [1]);
    assert_eq!(ids(&db, |e| cond(e.bytes.in_([vec![1, 2]]))).await, [1, 2]);
    assert_eq!(ids(&db, |e| cond(e.text.in_(["x", "y"]))).await, [1, 2]);
    assert_eq!(
        ids(&db, |e| cond(e.ip.in_(["10.0.0.1".parse::<IpAddr>().unwrap()]))).await,
        [1, 2]
    );
    assert_eq!(ids(&db, |e| cond(e.seats.in_([Range::from(0..=1)]))).await, [2]);
    assert_eq!(ids(&db, |e| cond(e.json.in_([Json(1)]))).await, [1]);
    assert_eq!(ids(&db, |e| cond(e.truth.in_([false]))).await, [] as [i32; 0]);
}

#[orm::test(setup = elements)]
async fn enums_are_ordered_as_declared_and_cast_to_text(db: Database) {
    let query = Elements::query().filter(|e| e.mood.ge(Mood::Ok) & e.mood.le(e.maybe_mood));
    assert_eq!(query.one(&db).await.unwrap().mood, Mood::Happy);
    let moods = Elements::query()
        .order_by(|e| e.mood.desc())
        .select(|e| (e.mood.cast::<String>(), e.maybe_mood.cast::<String>()));
    let expected = [("happy".into(), Some("happy".into())), ("sad".into(), None)];
    assert_eq!(moods.all(&db).await.unwrap(), expected);
    let label = Elements::query().filter(|e| e.colour.cast::<String>().starts_with("blue"));
    assert_eq!(label.count(&db).await.unwrap(), 2);
    let sad = Elements::query().filter(|e| orm::value("sad".to_owned()).cast::<Mood>().eq(e.mood));
    assert_eq!(sad.one(&db).await.unwrap().id, 1);
    let case = Elements::query()
        .order_by(|e| e.id.asc())
        .select(|e| case().when(e.id.eq(1), orm::value(Mood::Ok)).otherwise(e.mood));
    assert_eq!(case.all(&db).await.unwrap(), [Mood::Ok, Mood::Happy]);
    let page = Elements::query()
        .order_by(|e| e.maybe_mood.desc())
        .page(1, None, &db)
        .await
        .unwrap();
    let next = Elements::query()
        .order_by(|e| e.maybe_mood.desc())
        .page(1, page.next.as_ref(), &db)
        .await
        .unwrap();
    assert_eq!((page.items[0].id, next.items[0].id), (1, 2));
}

#[orm::test(setup = elements)]
async fn a_newtype_is_its_own_type_and_casts_to_what_it_wraps(db: Database) {
    let found = Elements::query()
        .filter(|e| e.owner.eq(UserId(2)) & e.owner.eq(e.maybe_owner))
        .one(&db)
        .await
        .unwrap();
    assert_eq!(
        (found.id, found.owner, found.maybe_owner, found.truth),
        (2, UserId(2), Some(UserId(2)), true)
    );
    assert_eq!(
        (found.colour, &*found.text, found.bytes, found.json),
        (Colour::Blue, "x", vec![1, 2], Json(2))
    );
    assert_eq!(
        (found.price, found.uuid),
        (Some(Decimal::new(2, 1)), Uuid::from_u128(2))
    );
    assert_eq!(
        (found.ip.to_string(), found.seats, found.address),
        ("10.0.0.1".into(), Range::from(0..2), address(Mood::Happy))
    );
    let sum = Elements::query()
        .order_by(|e| e.id.asc())
        .select(|e| e.owner.cast::<i64>() + 1)
        .all(&db)
        .await
        .unwrap();
    assert_eq!(sum, [2, 3]);
    let found = Elements::query()
        .filter(|e| e.owner.eq((e.id.cast::<i64>()).cast::<UserId>()))
        .count(&db)
        .await
        .unwrap();
    assert_eq!(found, 2);
}

#[orm::test(setup = elements)]
async fn a_label_that_the_program_does_not_know_is_an_error_that_names_the_field(db: Database) {
    db.batch("ALTER TYPE kinds.\"Mood of a \"\"user\"\"\" ADD VALUE 'new'")
        .await
        .unwrap();
    db.batch("UPDATE elements SET mood = 'new' WHERE id = 1").await.unwrap();
    let error = Elements::query().all(&db).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(
        error.to_string().contains("mood") && error.to_string().contains("Mood"),
        "{error}"
    );
}

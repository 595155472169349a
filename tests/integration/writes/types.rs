//! Values of every kind of type, by every way to write.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use orm::prelude::*;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::models::{Address, Parcel, Route, Status};

#[derive(DbType, Debug, Clone, PartialEq)]
struct Celsius(f32);

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "things")]
struct Thing {
    #[orm(primary_key)]
    id: Uuid,
    flag: bool,
    small: Option<i16>,
    single: f32,
    bytes: Vec<u8>,
    amount: Option<Decimal>,
    at: DateTime<Utc>,
    local: Option<NaiveDateTime>,
    day: NaiveDate,
    time: NaiveTime,
    document: Json<BTreeMap<String, Vec<i32>>>,
    anything: Option<serde_json::Value>,
    degrees: Celsius,
    lasts: Interval,
}

async fn things(db: Database) -> Result<(), Error> {
    orm::create_all(&[Thing::TABLE, Parcel::TABLE, Route::TABLE], &db).await
}

fn new_thing(n: u128) -> NewThing {
    let odd = n % 2 == 1;
    let at: DateTime<Utc> = "1969-12-31T23:59:59.999999Z".parse().unwrap();
    NewThing {
        id: Uuid::from_u128(n | 0xff << 100),
        flag: odd,
        small: odd.then_some(i16::MIN),
        single: [f32::MIN_POSITIVE, f32::INFINITY, -0.0][n as usize % 3],
        bytes: (0..n as u8).collect(),
        amount: odd.then(|| "-12345678901234567890.0100".parse().unwrap()),
        at,
        local: odd.then(|| at.naive_utc()),
        day: NaiveDate::from_ymd_opt(4000 + n as i32, 2, 28).unwrap(),
        time: NaiveTime::from_hms_micro_opt(23, 59, 59, 999_999).unwrap(),
        document: Json(BTreeMap::from([(format!("\"{n}\\"), vec![n as i32, -1])])),
        anything: odd.then(|| serde_json::json!([null, { "a": 1.5 }, "x"])),
        degrees: Celsius(-0.5),
        lasts: Interval {
            months: -1,
            days: n as i32,
            microseconds: -1,
        },
    }
}

#[orm::test(setup = things)]
async fn every_type_is_written_alike_by_every_way(db: Database) -> Result<(), Error> {
    let rows = || (0..40).map(new_thing);
    let mut expected = Vec::new();
    for row in rows() {
        let thing = Thing::insert(row).one(&db).await?;
        let given = new_thing(expected.len() as u128);
        assert_eq!(
            (thing.id, &thing.bytes, thing.amount),
            (given.id, &given.bytes, given.amount)
        );
        assert_eq!(
            (thing.at, thing.local, thing.day, thing.time),
            (given.at, given.local, given.day, given.time)
        );
        assert_eq!(
            (&thing.document, &thing.anything, thing.lasts),
            (&given.document, &given.anything, given.lasts)
        );
        assert_eq!(
            (thing.flag, thing.small, thing.degrees.clone()),
            (given.flag, given.small, given.degrees)
        );
        assert_eq!(thing.single.to_bits(), given.single.to_bits());
        expected.push(thing);
    }
    let stored = async || Thing::query().order_by(|t| t.id.asc()).all(&db).await;
    for copy in [None, Some(true), Some(false)] {
        Thing::query().all_rows().delete().execute(&db).await?;
        match copy {
            None => assert_eq!(Thing::insert_many(rows()).all(&db).await?, expected),
            Some(copy) => assert_eq!(Thing::insert_many(rows()).copy(copy).execute(&db).await?, 40),
        }
        assert_eq!(stored().await?, expected, "{copy:?}");
    }
    // By key, by query and by upsert.
    for thing in &expected {
        assert_eq!(&thing.update(&db).await?, thing);
    }
    let last = expected[39].clone();
    let copied = last.clone();
    Thing::query()
        .all_rows()
        .update(|t| {
            (
                t.small.set(last.small),
                t.bytes.set(last.bytes),
                t.amount.set(last.amount),
                t.document.set(last.document),
                t.anything.set(last.anything),
                t.degrees.set(last.degrees),
                t.lasts.set(last.lasts),
                t.local.set(last.local),
            )
        })
        .execute(&db)
        .await?;
    let upsert = Thing::insert_many(rows()).on_conflict(|key| key.id);
    upsert
        .update(|t, new| (t.time.set(new.time), t.degrees.set(new.degrees)))
        .execute(&db)
        .await?;
    for thing in stored().await? {
        assert_eq!(
            (thing.bytes, thing.amount, thing.document),
            (copied.bytes.clone(), copied.amount, copied.document.clone())
        );
        assert_eq!(
            (thing.anything, thing.lasts, thing.local),
            (copied.anything.clone(), copied.lasts, copied.local)
        );
    }
    Ok(())
}

#[orm::test(setup = things)]
async fn enums_composites_and_arrays_of_them_can_be_set_and_looked_for(db: Database) -> Result<(), Error> {
    let home = Address {
        street: "road".into(),
        number: Some(1),
    };
    let row = super::models::NewParcel {
        status: None,
        to: home.clone(),
        from: None,
    };
    let mut parcel = Parcel::insert(row).one(&db).await?;
    (parcel.status, parcel.from) = (Some(Status::Published), Some(home.clone()));
    assert_eq!(parcel.update(&db).await?, parcel);
    let found = Parcel::query().filter(|p| p.status.eq(Status::Published) & p.to.eq(home.clone()));
    let moved = found.update(|p| (p.status.set(Status::Draft), p.from.set(None), p.to.set(home.clone())));
    let moved = moved.one(&db).await?;
    assert_eq!((moved.status, moved.from), (Some(Status::Draft), None));
    let row = super::models::NewRoute {
        stops: vec![],
        history: None,
    };
    let mut route = Route::insert(row).one(&db).await?;
    route.stops = vec![
        home.clone(),
        Address {
            street: String::new(),
            number: None,
        },
    ];
    route.history = Some(vec![Some(Status::Draft), None]);
    assert_eq!(route.update(&db).await?, route);
    let set = Route::find(route.id)
        .into_query()
        .update(|r| (r.stops.set(vec![home]), r.history.set(None)));
    let set = set.one(&db).await?;
    assert_eq!((set.stops.len(), set.history), (1, None));
    Ok(())
}

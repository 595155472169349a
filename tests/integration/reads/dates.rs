//! Dates and times in expressions.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use orm::prelude::*;

#[derive(Model, Debug)]
#[orm(table = "moments")]
struct Moment {
    #[orm(primary_key)]
    id: i32,
    at: DateTime<Utc>,
    local: NaiveDateTime,
    day: NaiveDate,
    time: NaiveTime,
    until: Option<DateTime<Utc>>,
    span: Interval,
}

fn at() -> DateTime<Utc> {
    "2024-02-29T23:30:15.5Z".parse().unwrap()
}

async fn moments(db: Database) -> Result<(), Error> {
    orm::create_all(&[Moment::TABLE], &db).await?;
    let row = NewMoment {
        id: 1,
        at: at(),
        local: at().naive_utc(),
        day: at().date_naive(),
        time: at().time(),
        until: None,
        span: Interval::days(1),
    };
    Moment::insert(row).execute(&db).await?;
    Ok(())
}

async fn one<S: orm::Select<Phase = orm::PerRow>>(db: &Database, select: fn(MomentFields) -> S) -> S::Row {
    Moment::query()
        .select(select)
        .one(db)
        .await
        .expect("the server takes the query")
}

#[orm::test(setup = moments)]
async fn times_are_compared_shifted_and_taken_apart(db: Database) {
    let row = Moment::query().filter(|m| m.at.eq(at()) & m.at.lt(now()) & m.day.eq(at().date_naive()));
    let row = row.one(&db).await.unwrap();
    assert_eq!(
        (row.id, row.at, row.local, row.day),
        (1, at(), at().naive_utc(), at().date_naive())
    );
    assert_eq!((row.time, row.until, row.span), (at().time(), None, Interval::days(1)));

    let next = at() + TimeDelta::days(1);
    assert_eq!(
        one(&db, |m| (m.at + m.span, m.at - Interval::days(1))).await,
        (next, at() - TimeDelta::days(1))
    );
    assert_eq!(
        one(&db, |m| (m.day + 1, m.day - 28)).await,
        (next.date_naive(), NaiveDate::from_ymd_opt(2024, 2, 1).unwrap())
    );
    assert_eq!(one(&db, |m| m.local + Interval::hours(24)).await, next.naive_utc());
    assert_eq!(
        one(&db, |m| m.time + Interval::hours(1)).await,
        at().time().overflowing_add_signed(TimeDelta::hours(1)).0
    );
    assert_eq!(one(&db, |m| m.until + m.span).await, None);
    assert_eq!(
        one(&db, |m| (m.day.since(m.day - 3), (m.at + m.span).since(m.at))).await,
        (3, Interval::days(1))
    );
    assert_eq!(
        one(&db, |m| m.span + Interval::hours(2)).await,
        Interval {
            days: 1,
            microseconds: 7_200_000_000,
            months: 0
        }
    );
}

#[orm::test(setup = moments)]
async fn fields_of_times(db: Database) {
    assert_eq!(
        one(&db, |m| (m.day.year(), m.day.month(), m.day.day(), m.day.iso_weekday())).await,
        (2024, 2, 29, 4)
    );
    assert_eq!(one(&db, |m| (m.until.year(), m.local.day())).await, (None, 29));
    assert_eq!(
        one(&db, |m| (
            m.time.date_part(TimeUnit::Second),
            m.local.date_part(TimeUnit::Quarter)
        ))
        .await,
        (15.5, 1.0)
    );
    let month = NaiveDate::from_ymd_opt(2024, 2, 1)
        .unwrap()
        .and_hms_opt(0, 0, 0)
        .unwrap();
    assert_eq!(one(&db, |m| m.local.date_trunc(TimeUnit::Month)).await, month);
    let berlin = "2024-03-01T00:30:15.5".parse::<NaiveDateTime>().unwrap();
    assert_eq!(one(&db, |m| m.at.at_time_zone("Europe/Berlin")).await, berlin);
    assert_eq!(
        one(&db, |m| m.at.at_time_zone("Europe/Berlin").cast::<NaiveDate>()).await,
        berlin.date()
    );
    for unit in [
        TimeUnit::Microseconds,
        TimeUnit::Milliseconds,
        TimeUnit::Second,
        TimeUnit::Minute,
        TimeUnit::Hour,
        TimeUnit::Day,
        TimeUnit::Week,
        TimeUnit::Month,
        TimeUnit::Quarter,
        TimeUnit::Year,
        TimeUnit::Decade,
        TimeUnit::Century,
        TimeUnit::Millennium,
    ] {
        let query = Moment::query().select(|m| (m.at.date_trunc(unit), m.day.date_part(unit)));
        let (truncated, _) = query.one(&db).await.unwrap();
        assert!(truncated <= at(), "{unit:?}");
    }
    let unknown = Moment::query()
        .select(|m| m.at.at_time_zone("Mars"))
        .all(&db)
        .await
        .unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::InvalidValue);
}

#[orm::test(setup = moments)]
async fn now_is_the_time_of_the_transaction(db: Database) {
    let since = Moment::query().filter(|m| m.at.gt(now() - Interval::days(1)));
    assert_eq!(since.count(&db).await.unwrap(), 0);
    let tx = db.begin().await.unwrap();
    let first = Moment::query()
        .select(|_| now().of::<DateTime<Utc>>())
        .one(&tx)
        .await
        .unwrap();
    let second = Moment::query()
        .select(|_| now().of::<DateTime<Utc>>())
        .one(&tx)
        .await
        .unwrap();
    assert_eq!(first, second);
}

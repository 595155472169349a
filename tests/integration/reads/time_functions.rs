//! Fields, functions and operators of dates, times and intervals.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use orm::{MaybeInfinite, prelude::*};

use crate::support::server_version;

#[derive(Model, Debug)]
#[orm(table = "visits")]
struct Visit {
    #[orm(primary_key)]
    id: i32,
    at: DateTime<Utc>,
    local: NaiveDateTime,
    day: NaiveDate,
    time: NaiveTime,
    until: Option<DateTime<Utc>>,
    span: Interval,
    count: i32,
    text: String,
    valid: MaybeInfinite<DateTime<Utc>>,
    checked: Option<MaybeInfinite<NaiveDate>>,
}

fn at() -> DateTime<Utc> {
    "2024-02-29T23:30:15.5Z".parse().unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn local(text: &str) -> NaiveDateTime {
    text.parse().unwrap()
}

async fn visits(db: Database) -> Result<(), Error> {
    orm::create_all(&[Visit::TABLE], &db).await?;
    let row = |id, valid, checked| NewVisit {
        id,
        at: at(),
        local: at().naive_utc(),
        day: at().date_naive(),
        time: at().time(),
        until: None,
        span: Interval {
            months: 14,
            days: 40,
            microseconds: 90_061_500_000,
        },
        count: 3,
        text: "29.02.2024".into(),
        valid,
        checked,
    };
    let rows = [
        row(1, MaybeInfinite::Finite(at()), None),
        row(
            2,
            MaybeInfinite::Infinity,
            Some(MaybeInfinite::Finite(day("2024-02-29"))),
        ),
        row(3, MaybeInfinite::NegInfinity, Some(MaybeInfinite::Infinity)),
    ];
    Visit::insert_many(rows).execute(&db).await?;
    Ok(())
}

async fn one<S: orm::Select<Phase = orm::PerRow>>(db: &Database, select: fn(VisitFields) -> S) -> S::Row {
    let first = Visit::query().filter(|v| v.id.eq(1)).select(select);
    first.one(db).await.expect("the server takes the query")
}

#[orm::test(setup = visits)]
async fn every_field_has_its_type(db: Database) {
    let years: (i32, i32, i32, i32, i32, i32, i32) = one(&db, |v| {
        let d = v.day;
        (
            d.year(),
            d.month(),
            d.day(),
            d.quarter(),
            d.decade(),
            d.century(),
            d.millennium(),
        )
    })
    .await;
    assert_eq!(years, (2024, 2, 29, 1, 202, 21, 3));
    let weeks: (i32, i32, i32, i32, i32) = one(&db, |v| {
        (
            v.local.weekday(),
            v.local.iso_weekday(),
            v.local.day_of_year(),
            v.local.iso_week(),
            v.local.iso_year(),
        )
    })
    .await;
    assert_eq!(weeks, (4, 4, 60, 9, 2024));
    let times: (i32, i32, f64, f64, i32) = one(&db, |v| {
        (
            v.time.hour(),
            v.time.minute(),
            v.time.second(),
            v.local.millisecond(),
            v.local.microsecond(),
        )
    })
    .await;
    assert_eq!(times, (23, 30, 15.5, 15_500.0, 15_500_000));
    #[allow(clippy::cast_precision_loss, reason = "it is exact")]
    let seconds = at().timestamp() as f64 + 0.5;
    assert_eq!(one(&db, |v| (v.at.epoch(), v.until.epoch())).await, (seconds, None));
    assert_eq!(
        one(&db, |v| (v.day.epoch(), v.time.epoch(), v.local.epoch())).await,
        (seconds - 84_615.5, 84_615.5, seconds)
    );
    assert_eq!(
        one(&db, |v| (v.until.year(), v.until.second(), v.until.weekday())).await,
        (None, None, None)
    );
    // In an interval, months and days and the time are apart.
    assert_eq!(
        one(&db, |v| {
            let s = v.span;
            (s.year(), s.month(), s.day(), s.hour(), s.minute(), s.second())
        })
        .await,
        (1, 2, 40, 25, 1, 1.5)
    );
    assert_eq!(one(&db, |_| value(Interval::hours(2)).epoch()).await, 7200.0);
    // A field is an operand like others.
    assert!(one(&db, |v| (v.day.year() * 100 + v.day.month()).eq(202_402)).await);
    assert_eq!(one(&db, |v| (v.day + 1).month()).await, 3);
    if server_version(&db).await >= 140_000 {
        assert_eq!(one(&db, |v| v.day.julian()).await, 2_460_370.0);
    }
}

#[orm::test(setup = visits)]
async fn zones_are_left_and_entered(db: Database) {
    assert_eq!(
        one(&db, |v| (
            v.at.at_time_zone("Europe/Berlin"),
            v.local.at_time_zone("Europe/Berlin"),
            v.until.at_time_zone("UTC")
        ))
        .await,
        (
            local("2024-03-01T00:30:15.5"),
            "2024-02-29T22:30:15.5Z".parse().unwrap(),
            None
        )
    );
    assert_eq!(
        one(&db, |v| v.at.at_time_zone("Asia/Tokyo").at_time_zone("Asia/Tokyo")).await,
        at()
    );
    assert_eq!(
        one(&db, |v| v.at.date_trunc_in(TimeUnit::Day, "Europe/Berlin")).await,
        "2024-02-29T23:00:00Z".parse::<DateTime<Utc>>().unwrap()
    );
    assert_eq!(
        one(&db, |v| v.span.date_trunc(TimeUnit::Month)).await,
        Interval::months(14)
    );
    let offset = one(&db, |v| v.at.zone_offset()).await;
    assert_eq!(offset % 900, 0);
    if server_version(&db).await >= 140_000 {
        assert_eq!(
            one(&db, |v| v
                .local
                .date_bin(Interval::minutes(20), local("2024-01-01T00:05:00")))
            .await,
            local("2024-02-29T23:25:00")
        );
        let months = Visit::query().select(|v| v.at.date_bin(Interval::months(1), v.at));
        let error = months.all(&db).await.unwrap_err();
        assert_eq!(error.sqlstate(), Some("0A000"), "{error}");
    }
}

#[orm::test(setup = visits)]
async fn operators_of_times_and_intervals(db: Database) {
    assert_eq!(
        one(&db, |v| (
            v.day.plus(Interval::hours(25)),
            v.day.minus(Interval::hours(1)),
            v.day.at(v.time)
        ))
        .await,
        (
            local("2024-03-01T01:00:00"),
            local("2024-02-28T23:00:00"),
            local("2024-02-29T23:30:15.5")
        )
    );
    assert_eq!(
        one(&db, |v| (
            v.local.age(v.local - Interval::months(13)),
            v.day.age(day("2000-02-28")),
            v.at.age(v.until)
        ))
        .await,
        (
            Interval::months(13),
            Interval {
                months: 24 * 12,
                days: 1,
                microseconds: 0
            },
            None
        )
    );
    assert_eq!(
        one(&db, |v| (
            v.time.since(v.time - Interval::minutes(5)),
            v.local.since(v.local - Interval::days(2)),
            v.until.since(v.at)
        ))
        .await,
        (Interval::minutes(5), Interval::days(2), None)
    );
    assert_eq!(
        one(&db, |v| (
            -value(Interval::days(3)),
            value(Interval::days(3)) * v.count.cast::<f64>(),
            value(Interval::hours(3)) / 2.0
        ))
        .await,
        (Interval::days(-3), Interval::days(9), Interval::minutes(90))
    );
    assert_eq!(
        one(&db, |v| (
            v.span.justify_hours(),
            v.span.justify_days(),
            v.span.justify_interval()
        ))
        .await,
        (
            Interval {
                months: 14,
                days: 41,
                microseconds: 3_661_500_000
            },
            Interval {
                months: 15,
                days: 10,
                microseconds: 90_061_500_000
            },
            Interval {
                months: 15,
                days: 11,
                microseconds: 3_661_500_000
            }
        )
    );
    let found = Visit::query().filter(|v| v.span.gt(Interval::days(400)) & v.id.eq(1));
    assert_eq!(found.count(&db).await.unwrap(), 1);
}

#[orm::test(setup = visits)]
async fn periods_overlap(db: Database) {
    assert_eq!(
        one(&db, |v| {
            let period = || row((v.day, v.day + 10));
            (
                period().overlaps((day("2024-03-10"), day("2024-04-01"))),
                period().overlaps((day("2024-03-09"), day("2024-04-01"))),
                period().overlaps((v.day + 10, v.day + 11)),
            )
        })
        .await,
        (false, true, false)
    );
    assert!(
        one(&db, |v| row((v.at, value(Interval::hours(1))))
            .overlaps((v.at, Interval::hours(1))))
        .await
    );
    let nulls: Option<bool> = one(&db, |v| row((v.at, v.until)).overlaps((v.until, v.until))).await;
    assert_eq!(nulls, None);
}

#[orm::test(setup = visits)]
async fn times_are_made_of_numbers_and_texts(db: Database) {
    assert_eq!(
        one(&db, |v| (
            orm::make_date(2024, v.count - 1, 29).of::<NaiveDate>(),
            orm::make_time(23, 30, 15.5).of::<NaiveTime>(),
            orm::make_timestamp(2024, 2, 29, 23, 30, 15.5).of::<NaiveDateTime>(),
            orm::make_timestamptz(2024, 3, 1, 0, 30, 15.5, "Europe/Berlin").of::<DateTime<Utc>>(),
            orm::make_interval(1, 2, 0, v.count, 4, 5, 6.5),
        ))
        .await,
        (
            day("2024-02-29"),
            at().time(),
            local("2024-02-29T23:30:15.5"),
            at(),
            Interval {
                months: 14,
                days: 3,
                microseconds: 14_706_500_000
            }
        )
    );
    assert_eq!(
        one(&db, |v| (
            orm::to_date(v.text, "DD.MM.YYYY").of::<NaiveDate>(),
            orm::to_timestamp("2024-02-29 23:30 +00", "YYYY-MM-DD HH24:MI TZH").of::<DateTime<Utc>>(),
            orm::from_epoch(v.at.epoch()).of::<DateTime<Utc>>(),
            orm::from_epoch(v.until.epoch()).of::<DateTime<Utc>>(),
        ))
        .await,
        (day("2024-02-29"), "2024-02-29T23:30:00Z".parse().unwrap(), at(), None)
    );
    assert_eq!(
        one(&db, |v| (
            v.local.to_char("YYYY-MM-DD HH24:MI:SS.MS"),
            v.day.to_char("FMDay, DD.MM."),
            v.span.to_char("HH24"),
            v.until.to_char("YYYY"),
            v.day.to_char("")
        ))
        .await,
        (
            "2024-02-29 23:30:15.500".into(),
            "Thursday, 29.02.".into(),
            "25".into(),
            None,
            "".into()
        )
    );
    // As operands they take the column's type, NULL-ness included.
    let found = Visit::query().filter(|v| {
        v.day.eq(orm::to_date(v.text, "DD.MM.YYYY"))
            & v.day.le(orm::current_date() - 1)
            & v.local.lt(orm::local_timestamp())
            & v.at.lt(orm::clock_timestamp())
            & v.at.lt(orm::statement_timestamp() - Interval::days(1))
            & v.time.ne(orm::local_time() + Interval::seconds(1))
            & v.valid.lt(now())
    });
    assert_eq!(found.count(&db).await.unwrap(), 2);
    let never = Visit::query().filter(|v| v.at.le(orm::from_epoch(v.until.epoch())));
    assert_eq!(never.count(&db).await.unwrap(), 0);
    let set = Visit::query()
        .filter(|v| v.id.eq(1))
        .update(|v| (v.until.set(orm::from_epoch(0.0)), v.day.set(orm::make_date(2024, 1, 1))));
    let (until, first) = set.returning(|v| (v.until, v.day)).one(&db).await.unwrap();
    assert_eq!((until, first), (Some(DateTime::UNIX_EPOCH), day("2024-01-01")));
    let no_day = Visit::query().filter(|v| v.day.eq(orm::make_date(2023, 2, 29)));
    let error = no_day.all(&db).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.sqlstate()),
        (ErrorKind::InvalidValue, Some("22008"))
    );
}

#[orm::test(setup = visits)]
async fn infinity_has_no_fields(db: Database) {
    let rows: Vec<(bool, Option<i32>, Option<f64>, Option<DateTime<Utc>>)> = Visit::query()
        .order_by(|v| v.id.asc())
        .select(|v| {
            let valid = v.valid.finite();
            (
                v.valid.is_finite(),
                v.valid.finite().month(),
                v.valid.finite().epoch(),
                valid,
            )
        })
        .all(&db)
        .await
        .unwrap();
    assert_eq!((rows[0].0, rows[0].1, rows[0].3), (true, Some(2), Some(at())));
    assert_eq!(rows[1], (false, None, None, None));
    assert_eq!(rows[2], rows[1]);
    let rows: Vec<(Option<bool>, Option<i32>)> = Visit::query()
        .order_by(|v| v.id.asc())
        .select(|v| (v.checked.is_finite(), v.checked.finite().year()))
        .all(&db)
        .await
        .unwrap();
    assert_eq!(rows, [(None, None), (Some(true), Some(2024)), (Some(false), None)]);
}

/// The other crates' types have the same functions.
mod other_crates {
    use super::*;

    #[derive(Model, Debug)]
    #[orm(table = "others")]
    struct Other {
        #[orm(primary_key)]
        id: i32,
        #[cfg(feature = "time")]
        t_at: time::OffsetDateTime,
        #[cfg(feature = "time")]
        t_day: time::Date,
        #[cfg(feature = "jiff")]
        j_at: jiff::Timestamp,
        #[cfg(feature = "jiff")]
        j_day: jiff::civil::Date,
    }

    #[orm::test]
    async fn they_are_taken_apart_too(db: Database) {
        orm::create_all(&[Other::TABLE], &db).await.unwrap();
        let row = NewOther {
            id: 1,
            #[cfg(feature = "time")]
            t_at: time::OffsetDateTime::UNIX_EPOCH,
            #[cfg(feature = "time")]
            t_day: time::OffsetDateTime::UNIX_EPOCH.date(),
            #[cfg(feature = "jiff")]
            j_at: jiff::Timestamp::UNIX_EPOCH,
            #[cfg(feature = "jiff")]
            j_day: jiff::civil::date(1970, 1, 1),
        };
        Other::insert(row).execute(&db).await.unwrap();
        #[cfg(feature = "time")]
        {
            let row = Other::query().filter(|o| o.t_day.le(orm::current_date()) & o.t_at.lt(now()));
            let row = row.select(|o| {
                (
                    o.t_at.at_time_zone("UTC").year(),
                    o.t_at.at_time_zone("UTC"),
                    o.t_day.plus(Interval::hours(1)),
                    o.t_day.age(orm::make_date(1969, 1, 1)),
                )
            });
            let epoch = time::PrimitiveDateTime::new(time::OffsetDateTime::UNIX_EPOCH.date(), time::Time::MIDNIGHT);
            assert_eq!(
                row.one(&db).await.unwrap(),
                (1970, epoch, epoch + time::Duration::HOUR, Interval::years(1))
            );
        }
        #[cfg(feature = "jiff")]
        {
            let row = Other::query().filter(|o| o.j_day.le(orm::current_date()) & o.j_at.lt(now()));
            let row = row.select(|o| {
                (
                    o.j_at.at_time_zone("UTC").year(),
                    o.j_at.at_time_zone("UTC"),
                    o.j_day.at(jiff::civil::time(1, 0, 0, 0)),
                )
            });
            let epoch = jiff::civil::date(1970, 1, 1).at(0, 0, 0, 0);
            assert_eq!(
                row.one(&db).await.unwrap(),
                (1970, epoch, jiff::civil::date(1970, 1, 1).at(1, 0, 0, 0))
            );
        }
    }
}

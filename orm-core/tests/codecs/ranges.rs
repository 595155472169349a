//! Ranges.

use std::ops::Bound;

use orm_core::Range;

use crate::server::Server;

#[test]
fn ranges_of_integers() {
    let server = Server::connect();
    server.stores(Range::<i32>::Empty, "empty");
    server.stores(Range::<i32>::from(..), "(,)");
    server.stores(Range::from(1..4), "[1,4)");
    server.stores(Range::from(1..=3), "[1,4)");
    server.stores(Range::from(i32::MIN..i32::MAX), "[-2147483648,2147483647)");
    server.stores(Range::from(..i64::MIN), "(,-9223372036854775808)");
    server.stores(Range::from(i64::MAX..), "[9223372036854775807,)");
    server.stores(Range::from(7i64..7), "empty");
    server.stores(Range::from((Bound::Excluded(1), Bound::Excluded(2))), "empty");
    server.stores(Range::from((Bound::Excluded(1), Bound::Unbounded)), "[2,)");
    server.stores(vec![Some(Range::from(..=2)), None], r#"{"(,3)",NULL}"#);
    server.server_refuses(&Range::from(..=i32::MAX), "out of range");
    assert_eq!(server.reads("'[,)'::int4range"), Ok(Range::<i32>::from(..)));
    assert_eq!(server.reads("'[3,3]'::int8range"), Ok(Range::from(3i64..=3)));
    assert_eq!(server.reads("'[3,3)'::int8range"), Ok(Range::<i64>::Empty));
}

/// Our `==` is PostgreSQL's `=`, for all small ranges.
#[test]
fn equality_is_postgresqls() {
    let server = Server::connect();
    let bounds = |at: i32| [Bound::Included(at), Bound::Excluded(at)];
    let lowers = bounds(1).into_iter().chain(bounds(2)).chain([Bound::Unbounded]);
    let uppers = || bounds(2).into_iter().chain(bounds(3)).chain([Bound::Unbounded]);
    let ranges: Vec<_> = lowers
        .flat_map(|lower| uppers().map(move |upper| Range::from((lower, upper))))
        .collect();
    let texts: Vec<String> = ranges.iter().map(|range| server.echo(range).1).collect();
    for (left, left_text) in ranges.iter().zip(&texts) {
        for (right, right_text) in ranges.iter().zip(&texts) {
            assert_eq!(left == right, left_text == right_text, "{left:?} {right:?}");
        }
    }
}

#[cfg(feature = "decimal")]
#[test]
fn ranges_of_numeric() {
    use rust_decimal::Decimal;
    let server = Server::connect();
    server.stores(
        Range::from(Decimal::new(150, 2)..=Decimal::MAX),
        "[1.50,79228162514264337593543950335]",
    );
    server.stores(
        Range::from((Bound::Excluded(Decimal::ONE), Bound::Included(Decimal::ONE))),
        "empty",
    );
    server.stores(Range::<Decimal>::from(..), "(,)");
    server.cannot_read::<Range<Decimal>>("'[1,Infinity)'::numrange", "infinite");
}

#[cfg(feature = "chrono")]
#[test]
fn ranges_of_dates_and_timestamps() {
    use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
    use orm_core::MaybeInfinite;
    let server = Server::connect();
    let day = |day| NaiveDate::from_ymd_opt(2024, 2, day).unwrap();
    server.stores(Range::from(day(1)..=day(29)), "[2024-02-01,2024-03-01)");
    let noon: NaiveDateTime = day(1).and_hms_opt(12, 0, 0).unwrap();
    server.stores(Range::from(noon..), r#"["2024-02-01 12:00:00",)"#);
    server.stores(Range::from(..noon.and_utc()), r#"(,"2024-02-01 12:00:00+00")"#);
    server.cannot_read::<Range<DateTime<Utc>>>("'[2024-02-01,infinity)'::tstzrange", "MaybeInfinite");
    let since: Range<MaybeInfinite<NaiveDate>> = Range::from(MaybeInfinite::Finite(day(1))..MaybeInfinite::Infinity);
    server.stores(since, "[2024-02-01,infinity)");
    server.stores(
        Range::from(MaybeInfinite::NegInfinity..=MaybeInfinite::Finite(day(1))),
        "[-infinity,2024-02-02)",
    );
    let always = Range::from(MaybeInfinite::<NaiveDate>::NegInfinity..=MaybeInfinite::Infinity);
    server.stores(always, "[-infinity,infinity]");
}

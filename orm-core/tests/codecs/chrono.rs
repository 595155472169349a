//! chrono's types.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use orm_core::MaybeInfinite;

use crate::server::Server;

fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

fn last_moment() -> NaiveTime {
    NaiveTime::from_hms_micro_opt(23, 59, 59, 999_999).unwrap()
}

#[test]
fn dates() {
    let server = Server::connect();
    server.stores(date(2000, 1, 1), "2000-01-01");
    server.stores(date(1970, 1, 1), "1970-01-01");
    server.stores(date(2024, 2, 29), "2024-02-29");
    server.stores(date(0, 12, 31), "0001-12-31 BC");
    server.stores(date(-4712, 1, 1), "4713-01-01 BC");
    server.stores(date(-4713, 11, 24), "4714-11-24 BC");
    server.stores(NaiveDate::MAX, "262142-12-31");
    server.cannot_read::<NaiveDate>("'262143-01-01'::date", "262,142");
    server.cannot_read::<NaiveDate>("'5874897-12-31'::date", "262,142");
    server.cannot_read::<NaiveDate>("'infinity'::date", "MaybeInfinite");
    server.cannot_read::<NaiveDate>("'-infinity'::date", "MaybeInfinite");
    server.stores(MaybeInfinite::<NaiveDate>::Infinity, "infinity");
    server.stores(
        vec![MaybeInfinite::NegInfinity, MaybeInfinite::Finite(date(1, 1, 1))],
        "{-infinity,0001-01-01}",
    );
}

#[test]
fn timestamps() {
    let server = Server::connect();
    let cases = [
        (date(2000, 1, 1).and_time(NaiveTime::MIN), "2000-01-01 00:00:00"),
        (date(1999, 12, 31).and_time(last_moment()), "1999-12-31 23:59:59.999999"),
        (
            date(-4712, 1, 1).and_time(last_moment()),
            "4713-01-01 23:59:59.999999 BC",
        ),
        (date(-4713, 11, 24).and_time(NaiveTime::MIN), "4714-11-24 00:00:00 BC"),
        (NaiveDate::MAX.and_time(last_moment()), "262142-12-31 23:59:59.999999"),
    ];
    for (value, text) in cases {
        server.stores(value, text);
        server.stores(MaybeInfinite::Finite(value), text);
        let (day, era) = text.strip_suffix(" BC").map_or((text, ""), |text| (text, " BC"));
        server.stores(value.and_utc(), &format!("{day}+00{era}"));
    }
    assert_eq!(
        server.reads("'2000-01-01 00:00+13:30'::timestamptz"),
        Ok(date(1999, 12, 31).and_hms_opt(10, 30, 0).unwrap().and_utc())
    );
    for text in ["294276-12-31 23:59:59.999999", "262143-01-01"] {
        server.cannot_read::<NaiveDateTime>(&format!("'{text}'::timestamp"), "262,142");
        server.cannot_read::<DateTime<Utc>>(&format!("'{text}'::timestamptz"), "262,142");
    }
    for text in ["infinity", "-infinity"] {
        server.cannot_read::<NaiveDateTime>(&format!("'{text}'::timestamp"), "MaybeInfinite");
        server.cannot_read::<DateTime<Utc>>(&format!("'{text}'::timestamptz"), "MaybeInfinite");
    }
    server.stores(MaybeInfinite::<DateTime<Utc>>::NegInfinity, "-infinity");
    server.stores(MaybeInfinite::<NaiveDateTime>::Infinity, "infinity");
}

#[test]
fn nanoseconds_are_cut_off() {
    let server = Server::connect();
    let finer = date(1950, 12, 31).and_hms_nano_opt(23, 59, 59, 999_999_999).unwrap();
    assert_eq!(server.echo(&finer).1, "1950-12-31 23:59:59.999999");
    assert_eq!(server.echo(&finer.and_utc()).1, "1950-12-31 23:59:59.999999+00");
    assert_eq!(server.echo(&finer.time()).1, "23:59:59.999999");
    // What rounding, as PostgreSQL does with literals, would make of it.
    assert_eq!(server.text("'23:59:59.999999999'::time"), "24:00:00");
}

#[test]
fn times() {
    let server = Server::connect();
    server.stores(NaiveTime::MIN, "00:00:00");
    server.stores(last_moment(), "23:59:59.999999");
    server.stores(NaiveTime::from_hms_micro_opt(12, 34, 56, 1).unwrap(), "12:34:56.000001");
    server.cannot_read::<NaiveTime>("'24:00:00'::time", "24:00:00");
}

#[test]
fn random_timestamps_are_understood() {
    let server = Server::connect();
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    for _ in 0..500 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        // The years 1 to 9999, whose texts are the same on both sides.
        let microseconds = (state % 315_537_897_600_000_000).cast_signed() - 62_135_596_800_000_000;
        let value = DateTime::from_timestamp_micros(microseconds).unwrap().naive_utc();
        let text = value.format("%Y-%m-%d %H:%M:%S%.6f").to_string();
        server.stores(value, text.trim_end_matches('0').trim_end_matches('.'));
        server.stores(value.date(), &value.format("%Y-%m-%d").to_string());
    }
}

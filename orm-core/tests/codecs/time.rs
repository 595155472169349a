//! time's types.

use orm_core::{MaybeInfinite, Range};
use time::{Date, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

use crate::server::Server;

fn date(year: i32, day_of_year: u16) -> Date {
    Date::from_ordinal_date(year, day_of_year).unwrap()
}

fn last_moment() -> Time {
    Time::from_hms_micro(23, 59, 59, 999_999).unwrap()
}

#[test]
fn dates_and_times() {
    let server = Server::connect();
    server.stores(date(2000, 1), "2000-01-01");
    server.stores(date(2024, 60), "2024-02-29");
    server.stores(date(-4712, 1), "4713-01-01 BC");
    server.stores(date(-4713, 328), "4714-11-24 BC");
    server.stores(date(9999, 365), "9999-12-31");
    server.stores(MaybeInfinite::<Date>::Infinity, "infinity");
    server.stores(Range::from(date(2024, 60)..=date(2024, 60)), "[2024-02-29,2024-03-01)");
    server.cannot_read::<Date>("'10000-01-01'::date", "large-dates");
    server.cannot_read::<Date>("'5874897-12-31'::date", "large-dates");
    server.cannot_read::<Date>("'infinity'::date", "MaybeInfinite");
    server.stores(Time::MIDNIGHT, "00:00:00");
    server.stores(last_moment(), "23:59:59.999999");
    server.cannot_read::<Time>("'24:00:00'::time", "24:00:00");
}

#[test]
fn timestamps() {
    let server = Server::connect();
    for (value, text) in [
        (date(2000, 1).midnight(), "2000-01-01 00:00:00"),
        (date(1999, 365).with_time(last_moment()), "1999-12-31 23:59:59.999999"),
        (date(-4713, 328).midnight(), "4714-11-24 00:00:00 BC"),
        (date(9999, 365).with_time(last_moment()), "9999-12-31 23:59:59.999999"),
    ] {
        server.stores(value, text);
        let (day, era) = text.strip_suffix(" BC").map_or((text, ""), |text| (text, " BC"));
        server.stores(value.assume_utc(), &format!("{day}+00{era}"));
    }
    let there = date(2024, 60)
        .midnight()
        .assume_offset(UtcOffset::from_hms(-3, -30, 0).unwrap());
    server.stores(there, "2024-02-29 03:30:00+00");
    server.stores(MaybeInfinite::<OffsetDateTime>::NegInfinity, "-infinity");
    for text in ["294276-12-31 23:59:59.999999", "10000-01-01"] {
        server.cannot_read::<PrimitiveDateTime>(&format!("'{text}'::timestamp"), "large-dates");
        server.cannot_read::<OffsetDateTime>(&format!("'{text}'::timestamptz"), "large-dates");
    }
    server.cannot_read::<OffsetDateTime>("'infinity'::timestamptz", "MaybeInfinite");
    server.cannot_read::<PrimitiveDateTime>("'-infinity'::timestamp", "MaybeInfinite");
    let finer = date(1950, 1).with_hms_nano(23, 59, 59, 999_999_999).unwrap();
    assert_eq!(server.echo(&finer).1, "1950-01-01 23:59:59.999999");
}

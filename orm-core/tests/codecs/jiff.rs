//! jiff's types.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use orm_core::{MaybeInfinite, Range};

use crate::server::Server;

const LAST_MOMENT: Time = Time::constant(23, 59, 59, 999_999_000);

#[test]
fn dates_and_times() {
    let server = Server::connect();
    server.stores(Date::constant(2000, 1, 1), "2000-01-01");
    server.stores(Date::constant(2024, 2, 29), "2024-02-29");
    server.stores(Date::constant(-4712, 1, 1), "4713-01-01 BC");
    server.stores(Date::constant(-4713, 11, 24), "4714-11-24 BC");
    server.stores(Date::MAX, "9999-12-31");
    server.stores(MaybeInfinite::<Date>::Infinity, "infinity");
    server.stores(Range::from(Date::MAX..), "[9999-12-31,)");
    server.cannot_read::<Date>("'10000-01-01'::date", "9999");
    server.cannot_read::<Date>("'5874897-12-31'::date", "9999");
    server.cannot_read::<Date>("'-infinity'::date", "MaybeInfinite");
    server.stores(Time::midnight(), "00:00:00");
    server.stores(LAST_MOMENT, "23:59:59.999999");
    server.cannot_read::<Time>("'24:00:00'::time", "24:00:00");
}

#[test]
fn timestamps() {
    let server = Server::connect();
    for (value, text) in [
        (
            Date::constant(2000, 1, 1).to_datetime(Time::midnight()),
            "2000-01-01 00:00:00",
        ),
        (
            Date::constant(1999, 12, 31).to_datetime(LAST_MOMENT),
            "1999-12-31 23:59:59.999999",
        ),
        (
            Date::constant(-4713, 11, 24).to_datetime(Time::midnight()),
            "4714-11-24 00:00:00 BC",
        ),
        (Date::MAX.to_datetime(LAST_MOMENT), "9999-12-31 23:59:59.999999"),
    ] {
        server.stores(value, text);
    }
    server.stores(Timestamp::UNIX_EPOCH, "1970-01-01 00:00:00+00");
    server.stores(
        Timestamp::from_microsecond(-1).unwrap(),
        "1969-12-31 23:59:59.999999+00",
    );
    server.stores(
        Timestamp::from_second(-210_866_803_200).unwrap(),
        "4714-11-24 00:00:00+00 BC",
    );
    server.stores(
        Timestamp::from_second(253_402_207_200).unwrap(),
        "9999-12-30 22:00:00+00",
    );
    assert_eq!(
        server.echo(&Timestamp::from_nanosecond(-1).unwrap()).1,
        "1969-12-31 23:59:59.999999+00"
    );
    server.stores(MaybeInfinite::<Timestamp>::Infinity, "infinity");
    server.cannot_read::<Timestamp>("'infinity'::timestamptz", "MaybeInfinite");
    server.cannot_read::<DateTime>("'-infinity'::timestamp", "MaybeInfinite");
    server.cannot_read::<Timestamp>("'9999-12-31'::timestamptz", "9999");
    server.cannot_read::<DateTime>("'294276-12-31 23:59:59.999999'::timestamp", "9999");
}

//! jiff's types: `Timestamp` is `timestamptz`, `civil::DateTime` `timestamp`, `civil::Date` `date`, `civil::Time`
//! `time`.
//!
//! What is finer than a microsecond is **cut off when it is stored**, towards the past, as with [chrono's](super::chrono)
//! types. Refused when storing: what lies before 4713 BC. Refused when reading: infinity (see
//! [`MaybeInfinite`](crate::MaybeInfinite)), 24:00:00, and years outside jiff's -9999 to 9999. A `Zoned` has a time zone,
//! which no PostgreSQL type keeps: store its `timestamp()`, and the zone's name beside it if you need it.

use jiff::civil::{Date, DateTime, Time};
use jiff::{SignedDuration, Timestamp};

use super::calendar::{self, EPOCH_UNIX_SECONDS, calendar_type};
use super::{Buffer, IsNull, ValueError, builtin};

const EPOCH: Date = Date::constant(2000, 1, 1);
const SECONDS_A_DAY: i64 = 86_400;
const YEARS: &str = "-9999 to 9999";

calendar_type!(
    Timestamp: TIMESTAMPTZ,
    encode_instant,
    decode_instant;
    i64, TSTZRANGE, TSTZMULTIRANGE
);
calendar_type!(DateTime: TIMESTAMP, encode_civil, decode_civil; i64, TSRANGE, TSMULTIRANGE);
calendar_type!(Date: DATE, encode_date, decode_date; i32, DATERANGE, DATEMULTIRANGE, |date: Date| date.tomorrow().ok());
calendar_type!(Time: TIME, encode_time, decode_time);

fn encode_instant(value: Timestamp, out: &mut Buffer) -> Result<IsNull, ValueError> {
    let seconds = value.as_second().checked_sub(EPOCH_UNIX_SECONDS);
    encode_since_2000(seconds, value.subsec_nanosecond(), out)
}

/// The nanoseconds may be negative: jiff's two numbers have the sign of the whole.
fn encode_since_2000(seconds: Option<i64>, nanoseconds: i32, out: &mut Buffer) -> Result<IsNull, ValueError> {
    let microseconds = seconds
        .and_then(|seconds| seconds.checked_mul(1_000_000))
        .and_then(|whole| whole.checked_add(i64::from(nanoseconds.div_euclid(1000))));
    calendar::encode_timestamp(microseconds, out)
}

fn decode_instant(cell: Option<&[u8]>) -> Result<Timestamp, ValueError> {
    calendar::decode_timestamp(cell, builtin::TIMESTAMPTZ)?
        .checked_add(EPOCH_UNIX_SECONDS * 1_000_000)
        .and_then(|microseconds| Timestamp::from_microsecond(microseconds).ok())
        .ok_or_else(|| calendar::beyond(builtin::TIMESTAMPTZ, YEARS))
}

fn encode_civil(value: DateTime, out: &mut Buffer) -> Result<IsNull, ValueError> {
    let since = value.duration_since(DateTime::from_parts(EPOCH, Time::midnight()));
    encode_since_2000(Some(since.as_secs()), since.subsec_nanos(), out)
}

fn decode_civil(cell: Option<&[u8]>) -> Result<DateTime, ValueError> {
    let since = SignedDuration::from_micros(calendar::decode_timestamp(cell, builtin::TIMESTAMP)?);
    DateTime::from_parts(EPOCH, Time::midnight())
        .checked_add(since)
        .map_err(|_| calendar::beyond(builtin::TIMESTAMP, YEARS))
}

fn encode_date(date: Date, out: &mut Buffer) -> Result<IsNull, ValueError> {
    let days = date.duration_since(EPOCH).as_secs() / SECONDS_A_DAY;
    calendar::encode_date(i32::try_from(days).ok(), out)
}

fn decode_date(cell: Option<&[u8]>) -> Result<Date, ValueError> {
    let days = i64::from(calendar::decode_date(cell)?);
    EPOCH
        .checked_add(SignedDuration::from_secs(days * SECONDS_A_DAY))
        .map_err(|_| calendar::beyond(builtin::DATE, YEARS))
}

fn encode_time(time: Time, out: &mut Buffer) -> Result<IsNull, ValueError> {
    let part = |number: i8| u32::from(number.unsigned_abs());
    let seconds = (part(time.hour()) * 60 + part(time.minute())) * 60 + part(time.second());
    calendar::encode_time(seconds, time.subsec_nanosecond().unsigned_abs(), out)
}

fn decode_time(cell: Option<&[u8]>) -> Result<Time, ValueError> {
    let (seconds, microseconds) = calendar::decode_time(cell)?;
    let whole = SignedDuration::from_secs(i64::from(seconds));
    whole
        .checked_add(SignedDuration::from_micros(i64::from(microseconds)))
        .and_then(|since| Time::midnight().checked_add(since).ok())
        .ok_or_else(|| ValueError::malformed("time"))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{bytes_of, cannot_decode, refuses, round_trip, survives_any_bytes};
    use super::*;
    use crate::{MaybeInfinite, Range};

    #[test]
    fn dates_and_timestamps_come_back() {
        let days = [
            Date::constant(2000, 1, 1),
            Date::constant(1999, 12, 31),
            Date::constant(-4713, 11, 24),
            Date::MAX,
        ];
        for day in days {
            round_trip(&day);
            for time in [Time::midnight(), Time::constant(23, 59, 59, 999_999_000)] {
                round_trip(&time);
                round_trip(&DateTime::from_parts(day, time));
            }
        }
        for seconds in [-210_866_803_200, -1, 0, 946_684_799, 253_402_207_200] {
            round_trip(&Timestamp::from_second(seconds).unwrap());
        }
        round_trip(&Timestamp::from_microsecond(-1).unwrap());
        round_trip(&MaybeInfinite::<Timestamp>::Infinity);
        round_trip(&MaybeInfinite::Finite(Date::constant(2024, 2, 29)));
        assert_eq!(bytes_of(&Date::constant(2000, 1, 1)), [0; 4]);
    }

    #[test]
    fn nanoseconds_are_cut_off_towards_the_past() {
        for year in [1950, 2050] {
            let exact = DateTime::constant(year, 1, 1, 23, 59, 59, 999_999_000);
            let finer = DateTime::constant(year, 1, 1, 23, 59, 59, 999_999_999);
            assert_eq!(bytes_of(&finer), bytes_of(&exact));
            assert_eq!(bytes_of(&finer.time()), bytes_of(&exact.time()));
        }
        let before = Timestamp::from_nanosecond(-1).unwrap();
        assert_eq!(bytes_of(&before), bytes_of(&Timestamp::from_microsecond(-1).unwrap()));
    }

    #[test]
    fn what_the_other_side_has_not_is_refused() {
        refuses(&Date::MIN, "4713 BC");
        refuses(&Timestamp::MIN, "4713 BC");
        refuses(&DateTime::MIN, "4713 BC");
        cannot_decode::<Date>(&2_145_031_948i32.to_be_bytes(), "9999");
        cannot_decode::<DateTime>(&9_223_371_331_199_999_999i64.to_be_bytes(), "9999");
        cannot_decode::<Timestamp>(&9_223_371_331_199_999_999i64.to_be_bytes(), "9999");
        cannot_decode::<Timestamp>(&i64::MAX.to_be_bytes(), "MaybeInfinite");
        cannot_decode::<Time>(&86_400_000_000i64.to_be_bytes(), "24:00:00");
    }

    #[test]
    fn any_bytes_are_survived() {
        survives_any_bytes(&[Date::constant(2024, 2, 29)]);
        survives_any_bytes(&[Time::midnight()]);
        survives_any_bytes(&[DateTime::constant(2024, 2, 29, 0, 0, 0, 0)]);
        survives_any_bytes(&[Timestamp::UNIX_EPOCH]);
        survives_any_bytes(&[Range::from(Timestamp::UNIX_EPOCH..)]);
    }
}

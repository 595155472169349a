//! time's types: `OffsetDateTime` is `timestamptz`, `PrimitiveDateTime` `timestamp`, `Date` `date`, `Time` `time`.
//!
//! A `timestamptz` is an instant and keeps no offset: an `OffsetDateTime` comes back in UTC, the same instant (and `==`).
//! What is finer than a microsecond is **cut off when it is stored**, towards the past, as with [chrono's](super::chrono)
//! types. Refused when storing: what lies before 4713 BC. Refused when reading: infinity (see
//! [`MaybeInfinite`](crate::MaybeInfinite)), 24:00:00, and years past 9999 unless time's feature `large-dates` is on.

use time::{Date, Duration, OffsetDateTime, PrimitiveDateTime, Time};

use super::calendar::{self, EPOCH_UNIX_SECONDS, calendar_type};
use super::{Buffer, IsNull, PgType, ValueError, builtin};

/// 2000-01-01 as a Julian day.
const EPOCH_DAY: i32 = 2_451_545;
const YEARS: &str = "-9999 to 9999 without time's feature `large-dates`";

calendar_type!(
    OffsetDateTime: TIMESTAMPTZ,
    encode_instant,
    |cell| decode_utc(cell, builtin::TIMESTAMPTZ).map(|value| value.assume_utc());
    i64, TSTZRANGE, TSTZMULTIRANGE
);
calendar_type!(
    PrimitiveDateTime: TIMESTAMP,
    |value: PrimitiveDateTime, out| encode_instant(value.assume_utc(), out),
    |cell| decode_utc(cell, builtin::TIMESTAMP);
    i64, TSRANGE, TSMULTIRANGE
);
calendar_type!(Date: DATE, encode_date, decode_date; i32, DATERANGE, DATEMULTIRANGE, |date: Date| date.next_day());
calendar_type!(Time: TIME, encode_time, decode_time);

fn encode_instant(value: OffsetDateTime, out: &mut Buffer) -> Result<IsNull, ValueError> {
    let microseconds = (value.unix_timestamp() - EPOCH_UNIX_SECONDS)
        .checked_mul(1_000_000)
        .and_then(|whole| whole.checked_add(i64::from(value.microsecond())));
    calendar::encode_timestamp(microseconds, out)
}

fn decode_utc(cell: Option<&[u8]>, ty: &PgType) -> Result<PrimitiveDateTime, ValueError> {
    let microseconds = calendar::decode_timestamp(cell, ty)?;
    Date::from_julian_day(EPOCH_DAY)
        .ok()
        .and_then(|epoch| epoch.midnight().checked_add(Duration::microseconds(microseconds)))
        .ok_or_else(|| calendar::beyond(ty, YEARS))
}

fn encode_date(date: Date, out: &mut Buffer) -> Result<IsNull, ValueError> {
    calendar::encode_date(date.to_julian_day().checked_sub(EPOCH_DAY), out)
}

fn decode_date(cell: Option<&[u8]>) -> Result<Date, ValueError> {
    calendar::decode_date(cell)?
        .checked_add(EPOCH_DAY)
        .and_then(|day| Date::from_julian_day(day).ok())
        .ok_or_else(|| calendar::beyond(builtin::DATE, YEARS))
}

fn encode_time(time: Time, out: &mut Buffer) -> Result<IsNull, ValueError> {
    let (hours, minutes, seconds) = time.as_hms();
    let seconds = (u32::from(hours) * 60 + u32::from(minutes)) * 60 + u32::from(seconds);
    calendar::encode_time(seconds, time.nanosecond(), out)
}

fn decode_time(cell: Option<&[u8]>) -> Result<Time, ValueError> {
    let (seconds, microseconds) = calendar::decode_time(cell)?;
    let part = |number: u32| u8::try_from(number).unwrap_or(u8::MAX);
    Time::from_hms_micro(
        part(seconds / 3600),
        part(seconds / 60 % 60),
        part(seconds % 60),
        microseconds,
    )
    .map_err(|_| ValueError::malformed("time"))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{bytes_of, cannot_decode, refuses, round_trip, survives_any_bytes};
    use super::*;
    use crate::{DbType, MaybeInfinite, Range};
    use ::time::UtcOffset;

    fn date(year: i32, day_of_year: u16) -> Date {
        Date::from_ordinal_date(year, day_of_year).unwrap()
    }

    #[test]
    fn dates_and_timestamps_come_back() {
        // 4714-11-24 BC is the year -4713's 328th day.
        for day in [date(2000, 1), date(1999, 365), date(-4713, 328), Date::MAX] {
            round_trip(&day);
            for time in [Time::MIDNIGHT, Time::from_hms_micro(23, 59, 59, 999_999).unwrap()] {
                round_trip(&time);
                round_trip(&day.with_time(time));
                round_trip(&day.with_time(time).assume_utc());
            }
        }
        round_trip(&MaybeInfinite::<Date>::NegInfinity);
        round_trip(&MaybeInfinite::<OffsetDateTime>::Infinity);
        assert_eq!(bytes_of(&date(2000, 1)), [0; 4]);
    }

    #[test]
    fn an_offset_comes_back_as_the_same_instant_in_utc() {
        let there = date(2024, 60)
            .midnight()
            .assume_offset(UtcOffset::from_hms(-3, 30, 15).unwrap());
        round_trip(&there);
        let latest = Date::MAX
            .midnight()
            .assume_offset(UtcOffset::from_hms(-25, 59, 59).unwrap());
        let _ = latest.encode(&mut Buffer::new());
        let earliest = Date::MIN
            .midnight()
            .assume_offset(UtcOffset::from_hms(25, 59, 59).unwrap());
        refuses(&earliest, "4713 BC");
    }

    #[test]
    fn nanoseconds_are_cut_off_towards_the_past() {
        for day in [date(1950, 1), date(2050, 1)] {
            let exact = day.with_hms_micro(23, 59, 59, 999_999).unwrap();
            let finer = day.with_hms_nano(23, 59, 59, 999_999_999).unwrap();
            assert_eq!(bytes_of(&finer), bytes_of(&exact));
            assert_eq!(bytes_of(&finer.assume_utc()), bytes_of(&exact));
            assert_eq!(bytes_of(&finer.time()), bytes_of(&exact.time()));
        }
    }

    #[test]
    fn what_the_other_side_has_not_is_refused() {
        refuses(&Date::MIN, "4713 BC");
        refuses(&Date::MIN.midnight(), "4713 BC");
        cannot_decode::<Date>(&2_145_031_948i32.to_be_bytes(), "large-dates");
        cannot_decode::<PrimitiveDateTime>(&9_223_371_331_199_999_999i64.to_be_bytes(), "large-dates");
        cannot_decode::<OffsetDateTime>(&9_223_371_331_199_999_999i64.to_be_bytes(), "large-dates");
        cannot_decode::<OffsetDateTime>(&i64::MAX.to_be_bytes(), "MaybeInfinite");
        cannot_decode::<Time>(&86_400_000_000i64.to_be_bytes(), "24:00:00");
    }

    #[test]
    fn any_bytes_are_survived() {
        survives_any_bytes(&[date(2024, 60)]);
        survives_any_bytes(&[Time::MIDNIGHT]);
        survives_any_bytes(&[date(2024, 60).midnight()]);
        survives_any_bytes(&[date(2024, 60).midnight().assume_utc()]);
        survives_any_bytes(&[Range::from(date(2024, 60)..)]);
    }
}

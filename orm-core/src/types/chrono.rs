//! chrono's types: `DateTime<Utc>` is `timestamptz`, `NaiveDateTime` `timestamp`, `NaiveDate` `date`, `NaiveTime`
//! `time`.
//!
//! PostgreSQL counts microseconds. What a value has beyond them is **cut off when it is stored**, towards the past: the
//! one silent change of all types, because every `Utc::now()` has nanoseconds. (PostgreSQL itself rounds the text of a
//! literal, which can make tomorrow of today and 24:00:00 of 23:59:59.9999999; cutting off never leaves the second.)
//! A `timestamptz` keeps no offset, so `DateTime` is supported in `Utc` only.
//!
//! Refused when storing: a leap second (`:60`) and what lies before 4713 BC. Refused when reading: infinity (see
//! [`MaybeInfinite`](crate::MaybeInfinite)), 24:00:00, and years past chrono's 262,142.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Utc};

use super::calendar::{self, EPOCH_UNIX_SECONDS, calendar_type};
use super::{Buffer, IsNull, PgType, ValueError, builtin};

/// 2000-01-01 in days from the first of the year 1.
const EPOCH_DAY: i32 = 730_120;
const YEARS: &str = "262,144 BC to 262,142";

calendar_type!(DateTime<Utc>: TIMESTAMPTZ, encode_utc, |cell| decode_utc(cell, builtin::TIMESTAMPTZ); i64, TSTZRANGE, TSTZMULTIRANGE);
calendar_type!(
    NaiveDateTime: TIMESTAMP,
    |value: NaiveDateTime, out| encode_utc(value.and_utc(), out),
    |cell| decode_utc(cell, builtin::TIMESTAMP).map(|value| value.naive_utc());
    i64, TSRANGE, TSMULTIRANGE
);
calendar_type!(NaiveDate: DATE, encode_date, decode_date; i32, DATERANGE, DATEMULTIRANGE, |date: NaiveDate| date.succ_opt());
calendar_type!(NaiveTime: TIME, encode_time, decode_time);

fn encode_utc(value: DateTime<Utc>, out: &mut Buffer) -> Result<IsNull, ValueError> {
    refuse_leap_second(value.timestamp_subsec_nanos())?;
    let seconds = value.timestamp() - EPOCH_UNIX_SECONDS;
    let microseconds = seconds
        .checked_mul(1_000_000)
        .and_then(|whole| whole.checked_add(i64::from(value.timestamp_subsec_micros())));
    calendar::encode_timestamp(microseconds, out)
}

fn decode_utc(cell: Option<&[u8]>, ty: &PgType) -> Result<DateTime<Utc>, ValueError> {
    calendar::decode_timestamp(cell, ty)?
        .checked_add(EPOCH_UNIX_SECONDS * 1_000_000)
        .and_then(DateTime::from_timestamp_micros)
        .ok_or_else(|| calendar::beyond(ty, YEARS))
}

fn encode_date(date: NaiveDate, out: &mut Buffer) -> Result<IsNull, ValueError> {
    calendar::encode_date(date.num_days_from_ce().checked_sub(EPOCH_DAY), out)
}

fn decode_date(cell: Option<&[u8]>) -> Result<NaiveDate, ValueError> {
    calendar::decode_date(cell)?
        .checked_add(EPOCH_DAY)
        .and_then(NaiveDate::from_num_days_from_ce_opt)
        .ok_or_else(|| calendar::beyond(builtin::DATE, YEARS))
}

fn encode_time(time: NaiveTime, out: &mut Buffer) -> Result<IsNull, ValueError> {
    refuse_leap_second(time.nanosecond())?;
    calendar::encode_time(time.num_seconds_from_midnight(), time.nanosecond(), out)
}

fn decode_time(cell: Option<&[u8]>) -> Result<NaiveTime, ValueError> {
    let (seconds, microseconds) = calendar::decode_time(cell)?;
    NaiveTime::from_num_seconds_from_midnight_opt(seconds, microseconds * 1000)
        .ok_or_else(|| ValueError::malformed("time"))
}

/// chrono counts on past 1,000,000,000 nanoseconds in a leap second.
fn refuse_leap_second(nanoseconds: u32) -> Result<(), ValueError> {
    if nanoseconds < 1_000_000_000 {
        return Ok(());
    }
    Err(ValueError::new(
        "the time is within a leap second (:60), which PostgreSQL has not; store the second before or after it",
    ))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{bytes_of, cannot_decode, refuses, round_trip, survives_any_bytes};
    use super::*;
    use crate::{DbType, MaybeInfinite, Range};

    fn date(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).unwrap()
    }

    #[test]
    fn dates_and_timestamps_come_back() {
        for day in [
            date(2000, 1, 1),
            date(1999, 12, 31),
            date(-4713, 11, 24),
            date(1, 1, 1),
            NaiveDate::MAX,
        ] {
            round_trip(&day);
            for time in [
                NaiveTime::MIN,
                NaiveTime::from_hms_micro_opt(23, 59, 59, 999_999).unwrap(),
            ] {
                round_trip(&time);
                round_trip(&day.and_time(time));
                round_trip(&day.and_time(time).and_utc());
                round_trip(&MaybeInfinite::Finite(day.and_time(time).and_utc()));
            }
        }
        assert_eq!(bytes_of(&date(2000, 1, 1)), [0; 4]);
        assert_eq!(
            bytes_of(&date(1999, 12, 31).and_time(NaiveTime::MIN).and_utc()),
            (-86_400_000_000i64).to_be_bytes()
        );
    }

    #[test]
    fn nanoseconds_are_cut_off_towards_the_past() {
        for day in [date(1950, 1, 1), date(2050, 1, 1)] {
            let exact = day.and_hms_micro_opt(23, 59, 59, 999_999).unwrap();
            let finer = day.and_hms_nano_opt(23, 59, 59, 999_999_999).unwrap();
            assert_eq!(bytes_of(&finer), bytes_of(&exact));
            assert_eq!(bytes_of(&finer.and_utc()), bytes_of(&exact));
            assert_eq!(bytes_of(&finer.time()), bytes_of(&exact.time()));
        }
    }

    #[test]
    fn what_postgresql_has_not_is_refused() {
        let leap = date(2016, 12, 31).and_hms_milli_opt(23, 59, 59, 1_000).unwrap();
        refuses(&leap, "leap second");
        refuses(&leap.and_utc(), "leap second");
        refuses(&leap.time(), "leap second");
        let early = date(-4713, 11, 23);
        refuses(&early, "4713 BC");
        refuses(&NaiveDate::MIN, "4713 BC");
        refuses(&early.and_hms_nano_opt(23, 59, 59, 999_999_999).unwrap(), "4713 BC");
        refuses(&DateTime::<Utc>::MIN_UTC, "4713 BC");
        refuses(&NaiveDateTime::MIN, "4713 BC");
    }

    #[test]
    fn what_chrono_has_not_is_refused() {
        cannot_decode::<NaiveDate>(&2_145_031_948i32.to_be_bytes(), "262,142");
        cannot_decode::<NaiveDateTime>(&9_223_371_331_199_999_999i64.to_be_bytes(), "262,142");
        cannot_decode::<DateTime<Utc>>(&9_223_371_331_199_999_999i64.to_be_bytes(), "262,142");
        cannot_decode::<NaiveTime>(&86_400_000_000i64.to_be_bytes(), "24:00:00");
        cannot_decode::<NaiveTime>(&(-1i64).to_be_bytes(), "not a valid time");
        cannot_decode::<NaiveDate>(&2_145_031_949i32.to_be_bytes(), "not a valid date");
        for infinity in [i64::MIN, i64::MAX] {
            cannot_decode::<DateTime<Utc>>(&infinity.to_be_bytes(), "MaybeInfinite");
            cannot_decode::<NaiveDateTime>(&infinity.to_be_bytes(), "MaybeInfinite");
        }
    }

    #[test]
    fn infinity_is_read_where_the_type_has_it() {
        round_trip(&MaybeInfinite::<NaiveDate>::NegInfinity);
        round_trip(&MaybeInfinite::<DateTime<Utc>>::Infinity);
        let decoded = MaybeInfinite::<NaiveDate>::decode(Some(&i32::MAX.to_be_bytes()));
        assert_eq!(decoded, Ok(MaybeInfinite::Infinity));
        let decoded = MaybeInfinite::<NaiveDateTime>::decode(Some(&i64::MIN.to_be_bytes()));
        assert_eq!(decoded, Ok(MaybeInfinite::NegInfinity));
        round_trip(&Range::from(
            MaybeInfinite::Finite(date(2020, 1, 1))..MaybeInfinite::Infinity,
        ));
        assert_eq!(
            Range::from(date(2020, 1, 1)..=date(2020, 1, 31)),
            Range::from(date(2020, 1, 1)..date(2020, 2, 1))
        );
    }

    #[test]
    fn any_bytes_are_survived() {
        let day = date(2024, 2, 29);
        survives_any_bytes(&[day]);
        survives_any_bytes(&[NaiveTime::MIN]);
        survives_any_bytes(&[day.and_time(NaiveTime::MIN)]);
        survives_any_bytes(&[day.and_time(NaiveTime::MIN).and_utc()]);
        survives_any_bytes(&[MaybeInfinite::Finite(day), MaybeInfinite::Infinity]);
        survives_any_bytes(&[Range::from(day..)]);
    }
}

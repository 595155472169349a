//! What chrono's, time's and jiff's types share: PostgreSQL counts dates in days and timestamps in microseconds from
//! 2000-01-01, and a time of day in microseconds from midnight.
//!
//! The two integers at the ends of the range are `-infinity` and `infinity`; which others are dates, `datetime.h` and
//! `timestamp.h` say. They are checked in both directions, so that neither side sees a date that the other has not.

use super::{Buffer, IsNull, PgType, ValueError, builtin};

/// 2000-01-01 00:00:00 UTC in seconds from 1970.
pub(super) const EPOCH_UNIX_SECONDS: i64 = 946_684_800;

/// 4714-11-24 BC (in the Gregorian calendar; 4713-01-01 BC in the Julian) to 5874897-12-31.
const DAYS: std::ops::RangeInclusive<i32> = -2_451_545..=2_145_031_948;
/// 4714-11-24 BC to 294276-12-31 23:59:59.999999.
const MICROSECONDS: std::ops::Range<i64> = -211_813_488_000_000_000..9_223_371_331_200_000_000;
/// 24:00:00, which PostgreSQL's `time` includes.
const MIDNIGHT: i64 = 86_400_000_000;

/// Appends a `date`; `None` if counting its days overflowed.
pub(super) fn encode_date(days: Option<i32>, out: &mut Buffer) -> Result<IsNull, ValueError> {
    let days = days.filter(|days| DAYS.contains(days)).ok_or(ValueError::new(
        "the date lies outside PostgreSQL's range, 4713 BC to the year 5,874,897",
    ))?;
    out.put(&days.to_be_bytes());
    Ok(IsNull::No)
}

/// The days from 2000-01-01.
pub(super) fn decode_date(cell: Option<&[u8]>) -> Result<i32, ValueError> {
    let bytes = cell.ok_or(ValueError::null())?;
    let days = i32::from_be_bytes(bytes.try_into().map_err(|_| ValueError::malformed("date"))?);
    match days {
        i32::MIN | i32::MAX => Err(infinite(builtin::DATE)),
        _ if DAYS.contains(&days) => Ok(days),
        _ => Err(ValueError::malformed("date")),
    }
}

/// Appends a `timestamp` or `timestamptz`; `None` if counting its microseconds overflowed.
pub(super) fn encode_timestamp(microseconds: Option<i64>, out: &mut Buffer) -> Result<IsNull, ValueError> {
    let microseconds = microseconds
        .filter(|microseconds| MICROSECONDS.contains(microseconds))
        .ok_or(ValueError::new(
            "the timestamp lies outside PostgreSQL's range, 4713 BC to the year 294,276",
        ))?;
    out.put(&microseconds.to_be_bytes());
    Ok(IsNull::No)
}

/// The microseconds from 2000-01-01 00:00:00, in UTC if the type has a time zone.
pub(super) fn decode_timestamp(cell: Option<&[u8]>, ty: &PgType) -> Result<i64, ValueError> {
    let bytes = cell.ok_or(ValueError::null())?;
    let microseconds = i64::from_be_bytes(bytes.try_into().map_err(|_| ValueError::malformed(ty.name))?);
    match microseconds {
        i64::MIN | i64::MAX => Err(infinite(ty)),
        _ if MICROSECONDS.contains(&microseconds) => Ok(microseconds),
        _ => Err(ValueError::malformed(ty.name)),
    }
}

/// Appends a `time` of less than a day.
pub(super) fn encode_time(seconds: u32, nanoseconds: u32, out: &mut Buffer) -> Result<IsNull, ValueError> {
    let microseconds = i64::from(seconds) * 1_000_000 + i64::from(nanoseconds / 1000);
    out.put(&microseconds.to_be_bytes());
    Ok(IsNull::No)
}

/// The seconds from midnight and the microseconds of the last one, always less than a day.
pub(super) fn decode_time(cell: Option<&[u8]>) -> Result<(u32, u32), ValueError> {
    let bytes = cell.ok_or(ValueError::null())?;
    let malformed = || ValueError::malformed("time");
    let microseconds = i64::from_be_bytes(bytes.try_into().map_err(|_| malformed())?);
    if microseconds == MIDNIGHT {
        return Err(ValueError::new(
            "the time is 24:00:00, which PostgreSQL has but the Rust type has not; store 00:00:00, or read it as an \
             interval (`…::interval`)",
        ));
    }
    if !(0..MIDNIGHT).contains(&microseconds) {
        return Err(malformed());
    }
    let part = |number: i64| u32::try_from(number).map_err(|_| malformed());
    Ok((part(microseconds / 1_000_000)?, part(microseconds % 1_000_000)?))
}

fn infinite(ty: &PgType) -> ValueError {
    let name = ty.name;
    ValueError::new(format!(
        "the {name} is infinite (`infinity` or `-infinity`), which the Rust type cannot be; read it as \
         `MaybeInfinite<…>`"
    ))
}

/// The error for a date or timestamp of PostgreSQL's that the Rust type has not.
pub(super) fn beyond(ty: &PgType, years: &str) -> ValueError {
    let name = ty.name;
    ValueError::new(format!(
        "the {name} lies outside the years that the Rust type can hold ({years})"
    ))
}

/// Implements `DbType` and its companions for a date, time or timestamp by a function for each direction; after the
/// function `date` or `timestamp` also `HasInfinity`, after the range's type also `RangeElement`.
macro_rules! calendar_type {
    ($type:ty: $pg:ident, $encode:expr, $decode:expr) => {
        #[diagnostic::do_not_recommend]
        impl $crate::DbType for $type {
            type Base = $type;
            type Null = $crate::NotNull;
            const TYPE: &'static $crate::PgType = $crate::builtin::$pg;

            fn encode(&self, out: &mut $crate::Buffer) -> Result<$crate::IsNull, $crate::ValueError> {
                $encode(*self, out)
            }

            fn decode(cell: Option<&[u8]>) -> Result<Self, $crate::ValueError> {
                $decode(cell)
            }
        }
        $crate::__db_type_in_rows!($type, element);
    };
    ($type:ty: $pg:ident, $encode:expr, $decode:expr; $integer:ty, $range:ident, $multirange:ident $(, $successor:expr)?) => {
        calendar_type!($type: $pg, $encode, $decode);

        impl $crate::HasInfinity for $type {
            const NEG_INFINITY: &'static [u8] = &<$integer>::MIN.to_be_bytes();
            const INFINITY: &'static [u8] = &<$integer>::MAX.to_be_bytes();
        }

        impl $crate::RangeElement for $type {
            const RANGE: &'static $crate::PgType = $crate::builtin::$range;
            const MULTIRANGE: &'static $crate::PgType = $crate::builtin::$multirange;
            $(fn successor(self) -> Option<Self> {
                $successor(self)
            })?
        }
    };
}
pub(super) use calendar_type;

//! `interval`: PostgreSQL's three fields, as none of the crates for time has them.

use std::fmt;
use std::time::Duration;

use super::{Buffer, DbType, IsNull, NotNull, PgType, ValueError, builtin};

/// A span of time as PostgreSQL's `interval` keeps it: months, days and microseconds, each with its own sign.
///
/// The three are apart because a month has no fixed number of days, nor a day of hours (daylight saving). Therefore
/// `==` compares the fields: `Interval::days(1) != Interval::hours(24)`, although PostgreSQL's own `=` says that they are
/// equal, because it compares estimated lengths (a month as 30 days, a day as 24 hours). It has no order for the same
/// reason: sort in the query.
///
/// PostgreSQL 17 and later read the interval whose three fields are all at their maximum (minimum) as `infinity`
/// (`-infinity`); the fields come back the same.
///
/// ```
/// use orm_core::Interval;
///
/// let notice = Interval { months: 1, days: 15, microseconds: 0 };
/// assert_eq!(notice.to_string(), "1 mon 15 days");
/// assert_eq!(Interval::hours(3).to_string(), "03:00:00");
/// assert_eq!(Interval::days(1).checked_add(Interval::seconds(-1)).unwrap().to_string(), "1 day -00:00:01");
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Interval {
    /// Months; a year is twelve.
    pub months: i32,
    /// Days; a week is seven.
    pub days: i32,
    /// Microseconds; hours, minutes and seconds are these.
    pub microseconds: i64,
}

impl Interval {
    /// No time at all.
    pub const ZERO: Self = Self {
        months: 0,
        days: 0,
        microseconds: 0,
    };

    /// Years of twelve months. For more than 32,767 of them use [`months`](Self::months).
    #[must_use]
    pub const fn years(years: i16) -> Self {
        Self::months(years as i32 * 12)
    }

    /// Months.
    #[must_use]
    pub const fn months(months: i32) -> Self {
        Self { months, ..Self::ZERO }
    }

    /// Days, which are not always 24 hours.
    #[must_use]
    pub const fn days(days: i32) -> Self {
        Self { days, ..Self::ZERO }
    }

    /// Hours. Every `i32` fits.
    #[must_use]
    pub const fn hours(hours: i32) -> Self {
        Self::microseconds(hours as i64 * 3_600_000_000)
    }

    /// Minutes. Every `i32` fits.
    #[must_use]
    pub const fn minutes(minutes: i32) -> Self {
        Self::microseconds(minutes as i64 * 60_000_000)
    }

    /// Seconds. Every `i32` fits; for more use [`microseconds`](Self::microseconds).
    #[must_use]
    pub const fn seconds(seconds: i32) -> Self {
        Self::microseconds(seconds as i64 * 1_000_000)
    }

    /// Microseconds.
    #[must_use]
    pub const fn microseconds(microseconds: i64) -> Self {
        Self {
            microseconds,
            ..Self::ZERO
        }
    }

    /// The sum, field by field; `None` if a field overflows.
    #[must_use]
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        let (Some(months), Some(days), Some(microseconds)) = (
            self.months.checked_add(other.months),
            self.days.checked_add(other.days),
            self.microseconds.checked_add(other.microseconds),
        ) else {
            return None;
        };
        Some(Self {
            months,
            days,
            microseconds,
        })
    }

    /// The opposite, field by field; `None` if a field overflows (the minimum of an integer has no opposite).
    #[must_use]
    pub const fn checked_neg(self) -> Option<Self> {
        let (Some(months), Some(days), Some(microseconds)) = (
            self.months.checked_neg(),
            self.days.checked_neg(),
            self.microseconds.checked_neg(),
        ) else {
            return None;
        };
        Some(Self {
            months,
            days,
            microseconds,
        })
    }
}

#[diagnostic::do_not_recommend]
impl DbType for Interval {
    type Base = Interval;
    type Null = NotNull;
    const TYPE: &'static PgType = builtin::INTERVAL;

    fn encode(&self, out: &mut Buffer) -> Result<IsNull, ValueError> {
        out.put(&self.microseconds.to_be_bytes());
        out.put(&self.days.to_be_bytes());
        out.put(&self.months.to_be_bytes());
        Ok(IsNull::No)
    }

    fn decode(cell: Option<&[u8]>) -> Result<Self, ValueError> {
        let bytes: [u8; 16] = cell
            .ok_or(ValueError::null())?
            .try_into()
            .map_err(|_| ValueError::malformed("interval"))?;
        let fields = u128::from_be_bytes(bytes).cast_signed();
        Ok(Self {
            microseconds: (fields >> 64) as i64,
            days: (fields >> 32) as i32,
            months: fields as i32,
        })
    }
}
crate::__db_type_in_rows!(Interval, element);

/// All of it in microseconds. What is finer than a microsecond is cut off, as PostgreSQL has nothing finer.
///
/// # Errors
/// A duration of more than some 292,000 years.
impl TryFrom<Duration> for Interval {
    type Error = ValueError;

    fn try_from(duration: Duration) -> Result<Self, ValueError> {
        i64::try_from(duration.as_micros())
            .map(Self::microseconds)
            .map_err(|_| {
                ValueError::new("the duration is longer than an interval's microseconds can hold (292,000 years)")
            })
    }
}

/// # Errors
/// A negative interval, or one with months or days, whose length depends on the date they are counted from.
impl TryFrom<Interval> for Duration {
    type Error = ValueError;

    fn try_from(interval: Interval) -> Result<Self, ValueError> {
        if interval.months != 0 || interval.days != 0 {
            return Err(ValueError::new(
                "the interval has months or days, which have no fixed length; a `Duration` holds hours and less",
            ));
        }
        u64::try_from(interval.microseconds)
            .map(Duration::from_micros)
            .map_err(|_| ValueError::new("the interval is negative, which `Duration` cannot be"))
    }
}

/// As PostgreSQL writes it (`intervalstyle = postgres`): `1 year 2 mons -3 days +04:05:06.789`.
impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut empty = true;
        let mut after_negative = false;
        for (value, unit) in [
            (self.months / 12, "year"),
            (self.months % 12, "mon"),
            (self.days, "day"),
        ] {
            if value == 0 {
                continue;
            }
            let space = if empty { "" } else { " " };
            let plus = if after_negative && value > 0 { "+" } else { "" };
            let plural = if value == 1 { "" } else { "s" };
            write!(f, "{space}{plus}{value} {unit}{plural}")?;
            empty = false;
            after_negative = value < 0;
        }
        if !empty && self.microseconds == 0 {
            return Ok(());
        }
        let sign = match (self.microseconds < 0, after_negative) {
            (true, _) => "-",
            (false, true) => "+",
            (false, false) => "",
        };
        write!(f, "{}{sign}", if empty { "" } else { " " })?;
        write_clock(f, self.microseconds.unsigned_abs())
    }
}

fn write_clock(f: &mut fmt::Formatter<'_>, microseconds: u64) -> fmt::Result {
    let (seconds, fraction) = (microseconds / 1_000_000, microseconds % 1_000_000);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    write!(f, "{hours:02}:{minutes:02}:{seconds:02}")?;
    if fraction == 0 {
        return Ok(());
    }
    f.write_str(format!(".{fraction:06}").trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{round_trip, survives_any_bytes};
    use super::*;

    const LEAST: Interval = Interval {
        months: i32::MIN,
        days: i32::MIN,
        microseconds: i64::MIN,
    };
    const MOST: Interval = Interval {
        months: i32::MAX,
        days: i32::MAX,
        microseconds: i64::MAX,
    };

    #[test]
    fn intervals_come_back_at_their_limits() {
        let mixed = Interval {
            months: -1,
            days: 2,
            microseconds: -3,
        };
        [LEAST, MOST, Interval::ZERO, mixed].iter().for_each(round_trip);
        survives_any_bytes(&[mixed]);
    }

    #[test]
    fn constructors_take_every_number() {
        assert_eq!(Interval::years(i16::MIN).months, -393_216);
        assert_eq!(Interval::hours(i32::MAX).microseconds, 7_730_941_129_200_000_000);
        assert_eq!(Interval::minutes(i32::MIN).microseconds, -128_849_018_880_000_000);
        assert_eq!(Interval::seconds(-1), Interval::microseconds(-1_000_000));
    }

    #[test]
    fn sums_that_overflow_are_none() {
        assert_eq!(MOST.checked_add(Interval::days(1)), None);
        assert_eq!(MOST.checked_add(Interval::microseconds(1)), None);
        assert_eq!(LEAST.checked_neg(), None);
        let back = MOST.checked_neg().and_then(|least| least.checked_add(MOST));
        assert_eq!(back, Some(Interval::ZERO));
    }

    #[test]
    fn durations_convert_or_say_why_not() {
        assert_eq!(
            Interval::try_from(Duration::from_nanos(1_999)),
            Ok(Interval::microseconds(1))
        );
        assert!(Interval::try_from(Duration::MAX).is_err());
        assert_eq!(Duration::try_from(Interval::hours(2)), Ok(Duration::from_secs(7200)));
        assert!(Duration::try_from(Interval::days(1)).is_err());
        assert!(Duration::try_from(Interval::seconds(-1)).is_err());
    }

    #[test]
    fn it_is_written_as_postgresql_does() {
        assert_eq!(Interval::ZERO.to_string(), "00:00:00");
        assert_eq!(Interval::months(-13).to_string(), "-1 years -1 mons");
        assert_eq!(
            LEAST.to_string(),
            "-178956970 years -8 mons -2147483648 days -2562047788:00:54.775808"
        );
        let mixed = Interval {
            months: 14,
            days: -3,
            microseconds: 14_706_789_000,
        };
        assert_eq!(mixed.to_string(), "1 year 2 mons -3 days +04:05:06.789");
    }
}

//! Fields of dates and times, and rounding to them.

use super::{Dated, Instant, TimeValue, Timestamp, Truncatable, WithDate, WithTime};
use crate::expr::text::text;
use crate::expr::{Base, Expression, Lift, ModeOf, Operand, With, With2, call};
use crate::sql::Node;
use crate::types::Interval;

/// A unit of time, for `date_trunc` and `extract`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeUnit {
    /// A microsecond.
    Microseconds,
    /// A millisecond.
    Milliseconds,
    /// A second.
    Second,
    /// A minute.
    Minute,
    /// An hour.
    Hour,
    /// A day.
    Day,
    /// An ISO week, which begins on Monday.
    Week,
    /// A month.
    Month,
    /// A quarter.
    Quarter,
    /// A year.
    Year,
    /// A decade.
    Decade,
    /// A century.
    Century,
    /// A millennium.
    Millennium,
}

impl TimeUnit {
    const fn sql(self) -> &'static str {
        match self {
            Self::Microseconds => "microseconds",
            Self::Milliseconds => "milliseconds",
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
            Self::Decade => "decade",
            Self::Century => "century",
            Self::Millennium => "millennium",
        }
    }

    pub(super) fn param(self) -> Node {
        text(self.sql())
    }
}

type OfDate<E, T> = <Base<E> as WithDate>::Gives<T>;
type OfTime<E, T> = <Base<E> as WithTime>::Gives<T>;
type OfDated<E, T> = <Base<E> as Dated>::Gives<T>;
type OfValue<E, T> = <Base<E> as TimeValue>::Gives<T>;

/// Fields of dates, times and intervals. Those of an instant are of the session's time zone: see
/// [`at_time_zone`](super::TimeFunctions::at_time_zone) for another.
pub trait TimeFields: Expression {
    /// `extract(year FROM self)`: negative before Christ.
    fn year(self) -> Lift<ModeOf<Self>, OfDate<Self, i32>>
    where
        Base<Self>: WithDate,
    {
        call(&["extract(year FROM ", ")::int4"], [self.into_node()])
    }

    /// `extract(month FROM self)`: 1 to 12; of an interval the months beside its years, -11 to 11.
    fn month(self) -> Lift<ModeOf<Self>, OfDate<Self, i32>>
    where
        Base<Self>: WithDate,
    {
        call(&["extract(month FROM ", ")::int4"], [self.into_node()])
    }

    /// `extract(day FROM self)`: 1 to 31; of an interval its days.
    fn day(self) -> Lift<ModeOf<Self>, OfDate<Self, i32>>
    where
        Base<Self>: WithDate,
    {
        call(&["extract(day FROM ", ")::int4"], [self.into_node()])
    }

    /// `extract(quarter FROM self)`: 1 to 4.
    fn quarter(self) -> Lift<ModeOf<Self>, OfDate<Self, i32>>
    where
        Base<Self>: WithDate,
    {
        call(&["extract(quarter FROM ", ")::int4"], [self.into_node()])
    }

    /// `extract(decade FROM self)`: the year divided by ten.
    fn decade(self) -> Lift<ModeOf<Self>, OfDate<Self, i32>>
    where
        Base<Self>: WithDate,
    {
        call(&["extract(decade FROM ", ")::int4"], [self.into_node()])
    }

    /// `extract(century FROM self)`: 2000 is of the 20th, 2001 of the 21st.
    fn century(self) -> Lift<ModeOf<Self>, OfDate<Self, i32>>
    where
        Base<Self>: WithDate,
    {
        call(&["extract(century FROM ", ")::int4"], [self.into_node()])
    }

    /// `extract(millennium FROM self)`: 2000 is of the second, 2001 of the third.
    fn millennium(self) -> Lift<ModeOf<Self>, OfDate<Self, i32>>
    where
        Base<Self>: WithDate,
    {
        call(&["extract(millennium FROM ", ")::int4"], [self.into_node()])
    }

    /// `extract(dow FROM self)`: 0 is Sunday, 6 is Saturday.
    fn weekday(self) -> Lift<ModeOf<Self>, OfDated<Self, i32>>
    where
        Base<Self>: Dated,
    {
        call(&["extract(dow FROM ", ")::int4"], [self.into_node()])
    }

    /// `extract(isodow FROM self)`: 1 is Monday, 7 is Sunday.
    fn iso_weekday(self) -> Lift<ModeOf<Self>, OfDated<Self, i32>>
    where
        Base<Self>: Dated,
    {
        call(&["extract(isodow FROM ", ")::int4"], [self.into_node()])
    }

    /// `extract(doy FROM self)`: 1 to 366.
    fn day_of_year(self) -> Lift<ModeOf<Self>, OfDated<Self, i32>>
    where
        Base<Self>: Dated,
    {
        call(&["extract(doy FROM ", ")::int4"], [self.into_node()])
    }

    /// `extract(week FROM self)`: 1 to 53. The first week is the one with January 4, of the
    /// [`iso_year`](Self::iso_year).
    fn iso_week(self) -> Lift<ModeOf<Self>, OfDated<Self, i32>>
    where
        Base<Self>: Dated,
    {
        call(&["extract(week FROM ", ")::int4"], [self.into_node()])
    }

    /// `extract(isoyear FROM self)`: the year that the ISO week belongs to.
    fn iso_year(self) -> Lift<ModeOf<Self>, OfDated<Self, i32>>
    where
        Base<Self>: Dated,
    {
        call(&["extract(isoyear FROM ", ")::int4"], [self.into_node()])
    }

    /// `extract(julian FROM self)`: days since 4714 BC. PostgreSQL 14 and later.
    fn julian(self) -> Lift<ModeOf<Self>, OfDated<Self, f64>>
    where
        Base<Self>: Dated,
    {
        call(&["extract(julian FROM ", ")::float8"], [self.into_node()])
    }

    /// `extract(hour FROM self)`: 0 to 23; of an interval any number.
    fn hour(self) -> Lift<ModeOf<Self>, OfTime<Self, i32>>
    where
        Base<Self>: WithTime,
    {
        call(&["extract(hour FROM ", ")::int4"], [self.into_node()])
    }

    /// `extract(minute FROM self)`: 0 to 59.
    fn minute(self) -> Lift<ModeOf<Self>, OfTime<Self, i32>>
    where
        Base<Self>: WithTime,
    {
        call(&["extract(minute FROM ", ")::int4"], [self.into_node()])
    }

    /// `extract(second FROM self)`: with its fraction, below 60.
    fn second(self) -> Lift<ModeOf<Self>, OfTime<Self, f64>>
    where
        Base<Self>: WithTime,
    {
        call(&["extract(second FROM ", ")::float8"], [self.into_node()])
    }

    /// `extract(milliseconds FROM self)`: the seconds, times 1,000.
    fn millisecond(self) -> Lift<ModeOf<Self>, OfTime<Self, f64>>
    where
        Base<Self>: WithTime,
    {
        call(&["extract(milliseconds FROM ", ")::float8"], [self.into_node()])
    }

    /// `extract(microseconds FROM self)`: the seconds, times 1,000,000.
    fn microsecond(self) -> Lift<ModeOf<Self>, OfTime<Self, i32>>
    where
        Base<Self>: WithTime,
    {
        call(&["extract(microseconds FROM ", ")::int4"], [self.into_node()])
    }

    /// `extract(epoch FROM self)`: seconds since 1970-01-01 00:00 UTC; of a date or local timestamp as if that were in
    /// UTC; of a time of day since midnight; of an interval how many it has, with months of 30 days and years of
    /// 365.25.
    fn epoch(self) -> Lift<ModeOf<Self>, OfValue<Self, f64>>
    where
        Base<Self>: TimeValue,
    {
        call(&["extract(epoch FROM ", ")::float8"], [self.into_node()])
    }

    /// `extract(timezone FROM self)`: seconds that the session's time zone is ahead of UTC then.
    fn zone_offset(self) -> Lift<ModeOf<Self>, OfDated<Self, i32>>
    where
        Base<Self>: Instant,
    {
        call(&["extract(timezone FROM ", ")::int4"], [self.into_node()])
    }

    /// `date_part(unit, self)`: one field as a number, seconds with their fraction; an instant in the session's time zone.
    /// For a unit that is chosen at run time: the methods above have the right types.
    fn date_part(self, unit: TimeUnit) -> Lift<ModeOf<Self>, OfValue<Self, f64>>
    where
        Base<Self>: TimeValue,
    {
        call(&["date_part(", ", ", ")"], [unit.param(), self.into_node()])
    }

    /// `date_trunc(unit, self)`: rounded down to the unit; an instant in the session's time zone.
    fn date_trunc(self, unit: TimeUnit) -> Lift<ModeOf<Self>, Base<Self>>
    where
        Base<Self>: Truncatable,
    {
        call(&["date_trunc(", ", ", ")"], [unit.param(), self.into_node()])
    }

    /// `date_trunc(unit, self, zone)`: an instant rounded down to where the unit begins in a time zone such as
    /// `Europe/Berlin`; an unknown one is the server's error 22023.
    fn date_trunc_in<Z: Operand<String>>(self, unit: TimeUnit, zone: Z) -> Lift<With<Self, Z, String>, Base<Self>>
    where
        Base<Self>: Instant,
    {
        let args = [unit.param(), self.into_node(), zone.into_operand()];
        call(&["date_trunc(", ", ", ", ", ")"], args)
    }

    /// `date_bin(stride, self, origin)`: rounded down to a multiple of the stride, counted from the origin. The stride has no
    /// months (22008 or 0A000 by the server) and is above zero. PostgreSQL 14 and later.
    fn date_bin<S, O>(self, stride: S, origin: O) -> Lift<With2<Self, S, Interval, O, Base<Self>>, Base<Self>>
    where
        Base<Self>: Timestamp,
        S: Operand<Interval>,
        O: Operand<Base<Self>>,
    {
        let args = [stride.into_operand(), self.into_node(), origin.into_operand()];
        call(&["date_bin(", ", ", ", ", ")"], args)
    }
}

impl<E: Expression> TimeFields for E {}

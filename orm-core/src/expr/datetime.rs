//! Dates and times (*Date/Time Functions and Operators*), for the types of chrono, time and jiff alike.

use std::marker::PhantomData;

use super::{
    Addition, Base, Both, Expr, Expression, Is, Lift, Mode, ModeOf, OfOneRow, Operand, PerRow, Phase, Subtraction,
};
use crate::driver::Param;
use crate::sql::{Level, Node};
use crate::types::{DbType, Interval, NotNull};

/// A date, a timestamp or a time of day.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a date or time",
    label = "expected a date, timestamp or time of day"
)]
pub trait Temporal: DbType<Base = Self, Null = NotNull> {
    /// What one minus another gives: an [`Interval`], or for dates the days as `i32`.
    type Difference: DbType<Base = Self::Difference, Null = NotNull>;
}

/// A date or timestamp: what has a year.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a date or timestamp",
    label = "expected a date or timestamp"
)]
pub trait Dated: Temporal {}

/// A timestamp, with time zone or without.
#[diagnostic::on_unimplemented(message = "`{Self}` is not a timestamp", label = "expected a timestamp")]
pub trait Timestamp: Dated {}

/// `timestamptz`: an instant.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a timestamp with time zone",
    label = "expected a `timestamptz`, such as `DateTime<Utc>`"
)]
pub trait Instant: Timestamp {
    /// The type of a timestamp without time zone.
    type Local: DbType<Base = Self::Local, Null = NotNull>;
}

#[cfg(any(feature = "chrono", feature = "time", feature = "jiff"))]
macro_rules! temporal {
    ($instant:ty, $local:ty, $date:ty, $time:ty) => {
        temporal!(@timed $instant, $local, $time);
        #[diagnostic::do_not_recommend]
        impl Dated for $instant {}
        #[diagnostic::do_not_recommend]
        impl Dated for $local {}
        #[diagnostic::do_not_recommend]
        impl Timestamp for $instant {}
        #[diagnostic::do_not_recommend]
        impl Timestamp for $local {}
        #[diagnostic::do_not_recommend]
        impl Instant for $instant {
            type Local = $local;
        }
        #[diagnostic::do_not_recommend]
        impl Temporal for $date {
            type Difference = i32;
        }
        #[diagnostic::do_not_recommend]
        impl Dated for $date {}
        /// `date + days`
        #[diagnostic::do_not_recommend]
        impl Addition for $date {
            type With = i32;
        }
        /// `date - days`
        #[diagnostic::do_not_recommend]
        impl Subtraction for $date {
            type With = i32;
        }
    };
    (@timed $($type:ty),*) => { $(
        #[diagnostic::do_not_recommend]
        impl Temporal for $type {
            type Difference = Interval;
        }
        /// `… + interval`
        #[diagnostic::do_not_recommend]
        impl Addition for $type {
            type With = Interval;
        }
        /// `… - interval`
        #[diagnostic::do_not_recommend]
        impl Subtraction for $type {
            type With = Interval;
        }
    )* };
}

#[cfg(feature = "chrono")]
temporal!(
    chrono::DateTime<chrono::Utc>,
    chrono::NaiveDateTime,
    chrono::NaiveDate,
    chrono::NaiveTime
);
#[cfg(feature = "time")]
temporal!(time::OffsetDateTime, time::PrimitiveDateTime, time::Date, time::Time);
#[cfg(feature = "jiff")]
temporal!(
    jiff::Timestamp,
    jiff::civil::DateTime,
    jiff::civil::Date,
    jiff::civil::Time
);

#[diagnostic::do_not_recommend]
impl Addition for Interval {
    type With = Interval;
}
#[diagnostic::do_not_recommend]
impl Subtraction for Interval {
    type With = Interval;
}

/// `now()`: when the transaction began. It takes the timestamp type of what it is compared with or assigned to, also with
/// an [`Interval`] added or subtracted: `u.created_at.gt(now() - Interval::days(7))`. To select it, say the type:
/// `now().of::<DateTime<Utc>>()`.
pub fn now() -> Now {
    Now::made(Node::sql(&["now()"], Level::Atom, []))
}

/// When the transaction began, or some time before or after.
#[derive(Debug, Clone)]
#[must_use = "an expression does nothing until it is part of a query"]
pub struct Now<P = PerRow> {
    node: Node,
    marker: PhantomData<fn() -> P>,
}

impl<P: Phase> Now<P> {
    fn made(node: Node) -> Self {
        Self {
            node,
            marker: PhantomData,
        }
    }

    /// As an expression of a type of your choice.
    pub fn of<T: Instant>(self) -> Expr<T, P> {
        Expr::new(self.node)
    }
}

type Shifted<P, R> = Now<<P as Phase>::Or<<<R as Operand<Interval>>::Mode as Mode>::Phase>>;

impl<P: Phase, R: Operand<Interval>> std::ops::Add<R> for Now<P>
where
    R::Mode: Mode<Null = NotNull>,
{
    type Output = Shifted<P, R>;
    fn add(self, interval: R) -> Self::Output {
        let operator = &["", " + ", ""];
        Now::made(Node::infix(
            operator,
            Level::Additive,
            self.node,
            interval.into_operand(),
        ))
    }
}

impl<P: Phase, R: Operand<Interval>> std::ops::Sub<R> for Now<P>
where
    R::Mode: Mode<Null = NotNull>,
{
    type Output = Shifted<P, R>;
    fn sub(self, interval: R) -> Self::Output {
        let operator = &["", " - ", ""];
        Now::made(Node::infix(
            operator,
            Level::Additive,
            self.node,
            interval.into_operand(),
        ))
    }
}

#[diagnostic::do_not_recommend]
impl<T: Instant, P: Phase> Operand<T> for Now<P> {
    type Mode = Is<NotNull, P>;
    fn into_operand(self) -> Node {
        self.node
    }
}

#[diagnostic::do_not_recommend]
impl<T: Instant, P: OfOneRow> super::Assignable<T> for Now<P> {
    fn into_value(self) -> Node {
        self.node
    }
}

#[diagnostic::do_not_recommend]
impl<T: Instant, P: OfOneRow> super::Assignable<Option<T>> for Now<P> {
    fn into_value(self) -> Node {
        self.node
    }
}

#[diagnostic::do_not_recommend]
impl<T: Instant, P: Phase> super::OrNull<T> for Now<P> {
    type Phase = P;
    fn into_side(self) -> Node {
        self.node
    }
}

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

    fn param(self) -> Node {
        Node::param(Param::encode(<String as DbType>::TYPE, |out| {
            crate::types::encode_text(self.sql(), out)
        }))
    }
}

/// Functions of dates and times.
pub trait TimeFunctions: Expression {
    /// `date_trunc(unit, self)`: rounded down to the unit; an instant in the session's time zone.
    fn date_trunc(self, unit: TimeUnit) -> Lift<ModeOf<Self>, Base<Self>>
    where
        Base<Self>: Timestamp,
    {
        let args = [unit.param(), self.into_node()];
        Expr::new(Node::sql(&["date_trunc(", ", ", ")"], Level::Atom, args))
    }

    /// `date_part(unit, self)`: one field as a number, seconds with their fraction; an instant in the session's time
    /// zone.
    fn date_part(self, unit: TimeUnit) -> Lift<ModeOf<Self>, f64>
    where
        Base<Self>: Temporal,
    {
        let args = [unit.param(), self.into_node()];
        Expr::new(Node::sql(&["date_part(", ", ", ")"], Level::Atom, args))
    }

    /// `extract(year FROM self)`
    fn year(self) -> Lift<ModeOf<Self>, i32>
    where
        Base<Self>: Dated,
    {
        Expr::new(Node::sql(
            &["extract(year FROM ", ")::int4"],
            Level::Atom,
            [self.into_node()],
        ))
    }

    /// `extract(month FROM self)`: 1 to 12.
    fn month(self) -> Lift<ModeOf<Self>, i32>
    where
        Base<Self>: Dated,
    {
        Expr::new(Node::sql(
            &["extract(month FROM ", ")::int4"],
            Level::Atom,
            [self.into_node()],
        ))
    }

    /// `extract(day FROM self)`: 1 to 31.
    fn day(self) -> Lift<ModeOf<Self>, i32>
    where
        Base<Self>: Dated,
    {
        Expr::new(Node::sql(
            &["extract(day FROM ", ")::int4"],
            Level::Atom,
            [self.into_node()],
        ))
    }

    /// `extract(isodow FROM self)`: 1 is Monday, 7 is Sunday.
    fn iso_weekday(self) -> Lift<ModeOf<Self>, i32>
    where
        Base<Self>: Dated,
    {
        Expr::new(Node::sql(
            &["extract(isodow FROM ", ")::int4"],
            Level::Atom,
            [self.into_node()],
        ))
    }

    /// `self - other`: an [`Interval`], or for dates the days as `i32`.
    fn since<R: Operand<Base<Self>>>(self, other: R) -> Lift<Both<Self, R>, <Base<Self> as Temporal>::Difference>
    where
        Base<Self>: Temporal,
    {
        let args = [self.into_node(), other.into_operand()];
        Expr::new(Node::sql(&["", " - ", ""], Level::Additive, args))
    }

    /// `self AT TIME ZONE zone`: the local date and time in a zone such as `Europe/Berlin`; an unknown one is the
    /// server's error 22023.
    fn at_time_zone(self, zone: impl AsRef<str>) -> Lift<ModeOf<Self>, <Base<Self> as Instant>::Local>
    where
        Base<Self>: Instant,
    {
        let zone = Param::encode(<String as DbType>::TYPE, |out| {
            crate::types::encode_text(zone.as_ref(), out)
        });
        let args = [Node::param(zone), self.into_node()];
        Expr::new(Node::sql(&["timezone(", ", ", ")"], Level::Atom, args))
    }
}

impl<E: Expression> TimeFunctions for E {}

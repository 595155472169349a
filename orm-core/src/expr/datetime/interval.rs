//! Intervals.

use crate::expr::{Addition, Base, Expression, Lift, ModeOf, Multiplication, Negation, Subtraction, call};
use crate::types::{DbType, Interval};

#[diagnostic::do_not_recommend]
impl Addition for Interval {
    type With = Interval;
}
#[diagnostic::do_not_recommend]
impl Subtraction for Interval {
    type With = Interval;
}
/// `interval * 1.5`, `interval / 2.0`: parts of months become days of 30, parts of days hours of 24.
#[diagnostic::do_not_recommend]
impl Multiplication for Interval {
    type With = f64;
}
#[diagnostic::do_not_recommend]
impl Negation for Interval {}

/// An interval.
#[diagnostic::on_unimplemented(message = "`{Self}` is not an interval", label = "expected an `Interval` column")]
pub trait Span: DbType {
    /// `T`. Said here, so that the error of a type that is no interval is one of the method's result, and short.
    #[doc(hidden)]
    type Gives<T: DbType>: DbType;
}

#[diagnostic::do_not_recommend]
impl Span for Interval {
    type Gives<T: DbType> = T;
}

type Gives<E> = <Base<E> as Span>::Gives<Interval>;

/// Functions of intervals.
pub trait IntervalFunctions: Expression {
    /// `justify_hours(self)`: 24 hours as a day.
    fn justify_hours(self) -> Lift<ModeOf<Self>, Gives<Self>>
    where
        Base<Self>: Span,
    {
        call(&["justify_hours(", ")"], [self.into_node()])
    }

    /// `justify_days(self)`: 30 days as a month.
    fn justify_days(self) -> Lift<ModeOf<Self>, Gives<Self>>
    where
        Base<Self>: Span,
    {
        call(&["justify_days(", ")"], [self.into_node()])
    }

    /// `justify_interval(self)`: 24 hours as a day and 30 days as a month, all of one sign.
    fn justify_interval(self) -> Lift<ModeOf<Self>, Gives<Self>>
    where
        Base<Self>: Span,
    {
        call(&["justify_interval(", ")"], [self.into_node()])
    }
}

impl<E: Expression> IntervalFunctions for E {}

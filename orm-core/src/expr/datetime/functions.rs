//! Functions and operators of dates and times.

use super::{Date, Dated, PerhapsInfinite, Temporal, Timestamp};
use crate::expr::row::{Operands, RowExpr};
use crate::expr::{Base, Both, Expr, Expression, Lift, Mode, ModeOf, Operand, With, call};
use crate::sql::{Case, Level, Node};
use crate::types::{DbType, Interval, builtin};

/// Functions of dates and times.
pub trait TimeFunctions: Expression {
    /// `self - other`: an [`Interval`], or for dates the days as `i32`.
    fn since<R: Operand<Base<Self>>>(self, other: R) -> Lift<Both<Self, R>, <Base<Self> as Temporal>::Difference>
    where
        Base<Self>: Temporal,
    {
        let args = [self.into_node(), other.into_operand()];
        Expr::new(Node::sql(&["", " - ", ""], Level::Additive, args))
    }

    /// `age(self, other)`: the years, months, days and time since the other, as people count them.
    fn age<R: Operand<Base<Self>>>(self, other: R) -> Lift<Both<Self, R>, <Base<Self> as Dated>::Gives<Interval>>
    where
        Base<Self>: Dated,
    {
        let args = [self.into_node(), other.into_operand()];
        call(&["age(", ", ", ")"], args.map(without_zone::<Base<Self>>))
    }

    /// `self AT TIME ZONE zone`: of an instant the local date and time in a zone such as `Europe/Berlin`; of a local date and
    /// time the instant at which it is, or was, in that zone. An unknown zone is the server's error 22023.
    fn at_time_zone<Z: Operand<String>>(self, zone: Z) -> Lift<With<Self, Z, String>, <Base<Self> as Timestamp>::InZone>
    where
        Base<Self>: Timestamp,
    {
        call(&["timezone(", ", ", ")"], [zone.into_operand(), self.into_node()])
    }

    /// `date + time`: the timestamp at that time of the day.
    fn at<R: Operand<<Base<Self> as Date>::Time>>(
        self,
        time: R,
    ) -> Lift<With<Self, R, <Base<Self> as Date>::Time>, <Base<Self> as Date>::Local>
    where
        Base<Self>: Date,
    {
        let args = [self.into_node(), time.into_operand()];
        Expr::new(Node::sql(&["", " + ", ""], Level::Additive, args))
    }

    /// `date + interval`: a timestamp, because an interval may have hours. (`+ 7` adds days and gives a date.)
    fn plus<R: Operand<Interval>>(self, interval: R) -> Lift<With<Self, R, Interval>, <Base<Self> as Date>::Local>
    where
        Base<Self>: Date,
    {
        let args = [self.into_node(), interval.into_operand()];
        Expr::new(Node::sql(&["", " + ", ""], Level::Additive, args))
    }

    /// `date - interval`: a timestamp.
    fn minus<R: Operand<Interval>>(self, interval: R) -> Lift<With<Self, R, Interval>, <Base<Self> as Date>::Local>
    where
        Base<Self>: Date,
    {
        let args = [self.into_node(), interval.into_operand()];
        Expr::new(Node::sql(&["", " - ", ""], Level::Additive, args))
    }

    /// `isfinite(self)`: whether a [`MaybeInfinite`](crate::MaybeInfinite) is a date or time.
    fn is_finite(self) -> Lift<ModeOf<Self>, bool>
    where
        Base<Self>: PerhapsInfinite,
    {
        call(&["isfinite(", ")"], [self.into_node()])
    }

    /// `CASE WHEN isfinite(self) THEN self END`: the date or time that a [`MaybeInfinite`](crate::MaybeInfinite) is, and NULL
    /// for `infinity` and `-infinity`.
    fn finite(self) -> Expr<Option<<Base<Self> as PerhapsInfinite>::Finite>, Self::Phase>
    where
        Base<Self>: PerhapsInfinite,
    {
        let node = self.into_node();
        let finite = Node::sql(&["isfinite(", ")"], Level::Atom, [node.clone()]);
        Expr::new(Node::case(Case {
            branches: vec![(finite, node)],
            otherwise: None,
        }))
    }
}

impl<E: Expression> TimeFunctions for E {}

/// A date as a timestamp without time zone: else PostgreSQL makes one with it, and an hour is missing where the clocks
/// change.
fn without_zone<T: DbType>(node: Node) -> Node {
    if T::TYPE.oid == builtin::DATE.oid {
        Node::cast(node, builtin::TIMESTAMP)
    } else {
        node
    }
}

/// Two times, or a time and an interval: a period.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a period",
    label = "expected `row((begin, end))` of dates, times or timestamps, or `row((begin, interval))`"
)]
pub trait Period {
    /// What the other period is made of.
    type Other;
}

#[diagnostic::do_not_recommend]
impl<T: Temporal> Period for (T, T) {
    type Other = (T, T);
}

#[diagnostic::do_not_recommend]
impl<T: Temporal<Difference = Interval>> Period for (T, Interval) {
    type Other = (T, Interval);
}

impl<T: Period, M: Mode> RowExpr<T, M> {
    /// `(begin, end) OVERLAPS (begin, end)`: whether two periods have some time in common. Each begins at the earlier of its
    /// times and lasts until before the later one; of two equal ones it is that moment.
    pub fn overlaps<R: Operands<T::Other>>(self, other: R) -> Lift<M::Or<R::Mode>, bool> {
        Expr::new(Node::sql(
            &["", " OVERLAPS ", ""],
            Level::Range,
            [self.node, other.into_row()],
        ))
    }
}

//! Operators and functions of ranges.

use super::{Beside, Bound, Gives, RangeOf, RangeOperand};
use crate::expr::{Base, Both, Expr, Expression, Lift, ModeOf, Operand};
use crate::sql::{Level, Node};
use crate::types::{DbType, MultiRange, Range};

/// Operators and functions of ranges and multiranges. `.contains(value)` is [`Contains`](crate::Contains)'.
///
/// The other side of an operator that compares is a range or multirange over the same type; of one that makes a new one,
/// it is of the same kind. Multiranges need PostgreSQL 14.
pub trait RangeFunctions: Expression {
    /// `self @> other`: every value of the other range lies in this one. Every range contains the empty one.
    fn contains_range<R: RangeOperand<Bound<Self>>>(self, other: R) -> Lift<Beside<Self, R>, Gives<Self, bool>>
    where
        Base<Self>: RangeOf,
    {
        compared(self, &["", " @> ", ""], other)
    }

    /// `self <@ other`: every value of this range lies in the other one.
    fn contained_in_range<R: RangeOperand<Bound<Self>>>(self, other: R) -> Lift<Beside<Self, R>, Gives<Self, bool>>
    where
        Base<Self>: RangeOf,
    {
        compared(self, &["", " <@ ", ""], other)
    }

    /// `self && other`: some value lies in both.
    fn overlaps<R: RangeOperand<Bound<Self>>>(self, other: R) -> Lift<Beside<Self, R>, Gives<Self, bool>>
    where
        Base<Self>: RangeOf,
    {
        compared(self, &["", " && ", ""], other)
    }

    /// `self << other`: it ends before the other begins; false if either is empty.
    fn before<R: RangeOperand<Bound<Self>>>(self, other: R) -> Lift<Beside<Self, R>, Gives<Self, bool>>
    where
        Base<Self>: RangeOf,
    {
        compared(self, &["", " << ", ""], other)
    }

    /// `self >> other`: it begins after the other ends; false if either is empty.
    fn after<R: RangeOperand<Bound<Self>>>(self, other: R) -> Lift<Beside<Self, R>, Gives<Self, bool>>
    where
        Base<Self>: RangeOf,
    {
        compared(self, &["", " >> ", ""], other)
    }

    /// `self &< other`: it does not extend to the right of the other: it ends no later; false if either is empty.
    fn not_after<R: RangeOperand<Bound<Self>>>(self, other: R) -> Lift<Beside<Self, R>, Gives<Self, bool>>
    where
        Base<Self>: RangeOf,
    {
        compared(self, &["", " &< ", ""], other)
    }

    /// `self &> other`: it does not extend to the left of the other: it begins no earlier; false if either is empty.
    fn not_before<R: RangeOperand<Bound<Self>>>(self, other: R) -> Lift<Beside<Self, R>, Gives<Self, bool>>
    where
        Base<Self>: RangeOf,
    {
        compared(self, &["", " &> ", ""], other)
    }

    /// `self -|- other`: no value lies between them, and none in both; false if either is empty.
    fn adjacent<R: RangeOperand<Bound<Self>>>(self, other: R) -> Lift<Beside<Self, R>, Gives<Self, bool>>
    where
        Base<Self>: RangeOf,
    {
        compared(self, &["", " -|- ", ""], other)
    }

    /// `self + other`: the values that lie in either. Two ranges with a gap between them are the server's error 22000; multiranges
    /// keep the gap.
    fn union<R: Operand<Base<Self>>>(self, other: R) -> Lift<Both<Self, R>, Gives<Self, Base<Self>>>
    where
        Base<Self>: RangeOf,
    {
        combined(self, &["", " + ", ""], Level::Additive, other)
    }

    /// `self * other`: the values that lie in both.
    fn intersection<R: Operand<Base<Self>>>(self, other: R) -> Lift<Both<Self, R>, Gives<Self, Base<Self>>>
    where
        Base<Self>: RangeOf,
    {
        combined(self, &["", " * ", ""], Level::Multiplicative, other)
    }

    /// `self - other`: the values that lie in this one only. A range that would fall in two parts is the server's error
    /// 22000; multiranges keep both parts.
    fn difference<R: Operand<Base<Self>>>(self, other: R) -> Lift<Both<Self, R>, Gives<Self, Base<Self>>>
    where
        Base<Self>: RangeOf,
    {
        combined(self, &["", " - ", ""], Level::Additive, other)
    }

    /// `range_merge(self, other)`: the smallest range that holds both, with what lies between them.
    fn span<R: Operand<Base<Self>>>(self, other: R) -> Lift<Both<Self, R>, Gives<Self, Base<Self>>>
    where
        Base<Self>: IsRange,
    {
        let args = [self.into_node(), other.into_operand()];
        Expr::new(Node::sql(&["range_merge(", ", ", ")"], Level::Atom, args))
    }

    /// `range_merge(self)`: the smallest range that holds all of a multirange.
    fn span_of_all(self) -> Lift<ModeOf<Self>, Range<Bound<Self>>>
    where
        Base<Self>: IsMultiRange,
    {
        function(&["range_merge(", ")"], self)
    }

    /// `multirange(self)`: a range as the multirange of it alone; an empty one becomes an empty multirange.
    fn to_multirange(self) -> Lift<ModeOf<Self>, MultiRange<Bound<Self>>>
    where
        Base<Self>: IsRange,
    {
        function(&["multirange(", ")"], self)
    }

    /// `lower(self)`: the lower bound; NULL if there is none or the range is empty.
    fn lower_bound(self) -> Expr<Gives<Self, Option<Bound<Self>>>, Self::Phase>
    where
        Base<Self>: RangeOf,
    {
        function(&["lower(", ")"], self)
    }

    /// `upper(self)`: the upper bound, of integers and dates the first value behind the range; NULL if there is none or
    /// the range is empty.
    fn upper_bound(self) -> Expr<Gives<Self, Option<Bound<Self>>>, Self::Phase>
    where
        Base<Self>: RangeOf,
    {
        function(&["upper(", ")"], self)
    }

    /// `lower_inc(self)`: whether the lower bound lies in the range; false if there is none.
    fn lower_inclusive(self) -> Lift<ModeOf<Self>, Gives<Self, bool>>
    where
        Base<Self>: RangeOf,
    {
        function(&["lower_inc(", ")"], self)
    }

    /// `upper_inc(self)`: whether the upper bound lies in the range; false if there is none, and of integers and dates.
    fn upper_inclusive(self) -> Lift<ModeOf<Self>, Gives<Self, bool>>
    where
        Base<Self>: RangeOf,
    {
        function(&["upper_inc(", ")"], self)
    }

    /// `lower_inf(self)`: whether there is no lower bound. A bound at `-infinity` is one.
    fn lower_unbounded(self) -> Lift<ModeOf<Self>, Gives<Self, bool>>
    where
        Base<Self>: RangeOf,
    {
        function(&["lower_inf(", ")"], self)
    }

    /// `upper_inf(self)`: whether there is no upper bound. A bound at `infinity` is one.
    fn upper_unbounded(self) -> Lift<ModeOf<Self>, Gives<Self, bool>>
    where
        Base<Self>: RangeOf,
    {
        function(&["upper_inf(", ")"], self)
    }

    /// `isempty(self)`: whether no value lies in it.
    fn is_empty(self) -> Lift<ModeOf<Self>, Gives<Self, bool>>
    where
        Base<Self>: RangeOf,
    {
        function(&["isempty(", ")"], self)
    }
}

impl<E: Expression> RangeFunctions for E {}

/// A range, and no multirange.
#[diagnostic::on_unimplemented(message = "a `{Self}` is not a range", label = "expected a `Range` column")]
pub trait IsRange: RangeOf {}

#[diagnostic::do_not_recommend]
impl<T> IsRange for Range<T> where Range<T>: RangeOf {}

/// A multirange.
#[diagnostic::on_unimplemented(message = "a `{Self}` is not a multirange", label = "expected a `MultiRange` column")]
pub trait IsMultiRange: RangeOf {}

#[diagnostic::do_not_recommend]
impl<T> IsMultiRange for MultiRange<T> where MultiRange<T>: RangeOf {}

fn compared<E: Expression, B, R: RangeOperand<B>, T: DbType, P>(
    left: E,
    pieces: &'static [&'static str; 3],
    right: R,
) -> Expr<T, P> {
    let right = right.into_range_operand();
    Expr::new(Node::infix(pieces, Level::Operator, left.into_node(), right))
}

fn combined<E: Expression, R: Operand<Base<E>>, T, P>(
    left: E,
    pieces: &'static [&'static str; 3],
    level: Level,
    right: R,
) -> Expr<T, P> {
    Expr::new(Node::infix(pieces, level, left.into_node(), right.into_operand()))
}

fn function<E: Expression, T, P>(pieces: &'static [&'static str; 2], range: E) -> Expr<T, P> {
    Expr::new(Node::sql(pieces, Level::Atom, [range.into_node()]))
}

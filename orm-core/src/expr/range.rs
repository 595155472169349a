//! Ranges (*Range Functions and Operators*). `.contains(value)` is [`Contains`](super::Contains)'.

use super::{Base, Both, Container, Expr, Expression, Lift, ModeOf, Operand};
use crate::sql::{Level, Node};
use crate::types::{DbType, Range, RangeElement};

#[diagnostic::do_not_recommend]
impl<T: RangeElement> Container for Range<T> {
    type Item = T;
    fn contains(container: Node, item: Node) -> Node {
        Node::sql(&["", " @> ", ""], Level::Operator, [container, item])
    }
}

/// A range.
#[diagnostic::on_unimplemented(message = "a `{Self}` is not a range", label = "expected a `Range` column")]
pub trait RangeOf: DbType {
    /// The type of its bounds.
    type Bound: RangeElement;
}

#[diagnostic::do_not_recommend]
impl<T: RangeElement> RangeOf for Range<T> {
    type Bound = T;
}

type Bound<E> = <Base<E> as RangeOf>::Bound;

/// Operators and functions of ranges.
pub trait RangeFunctions: Expression {
    /// `self @> other`: every value of the other range lies in this one.
    fn contains_range<R: Operand<Base<Self>>>(self, other: R) -> Lift<Both<Self, R>, bool>
    where
        Base<Self>: RangeOf,
    {
        operator(&["", " @> ", ""], self, other)
    }

    /// `self <@ other`: every value of this range lies in the other one.
    fn contained_in_range<R: Operand<Base<Self>>>(self, other: R) -> Lift<Both<Self, R>, bool>
    where
        Base<Self>: RangeOf,
    {
        operator(&["", " <@ ", ""], self, other)
    }

    /// `self && other`: some value lies in both.
    fn overlaps<R: Operand<Base<Self>>>(self, other: R) -> Lift<Both<Self, R>, bool>
    where
        Base<Self>: RangeOf,
    {
        operator(&["", " && ", ""], self, other)
    }

    /// `self << other`: it ends before the other begins; false if either is empty.
    fn before<R: Operand<Base<Self>>>(self, other: R) -> Lift<Both<Self, R>, bool>
    where
        Base<Self>: RangeOf,
    {
        operator(&["", " << ", ""], self, other)
    }

    /// `self >> other`: it begins after the other ends; false if either is empty.
    fn after<R: Operand<Base<Self>>>(self, other: R) -> Lift<Both<Self, R>, bool>
    where
        Base<Self>: RangeOf,
    {
        operator(&["", " >> ", ""], self, other)
    }

    /// `self -|- other`: no value lies between them, and none in both.
    fn adjacent<R: Operand<Base<Self>>>(self, other: R) -> Lift<Both<Self, R>, bool>
    where
        Base<Self>: RangeOf,
    {
        operator(&["", " -|- ", ""], self, other)
    }

    /// `self * other`: the values that lie in both.
    fn intersection<R: Operand<Base<Self>>>(self, other: R) -> Lift<Both<Self, R>, Base<Self>>
    where
        Base<Self>: RangeOf,
    {
        let args = [self.into_node(), other.into_operand()];
        Expr::new(Node::sql(&["", " * ", ""], Level::Multiplicative, args))
    }

    /// `lower(self)`: the lower bound; NULL if there is none or the range is empty.
    fn lower_bound(self) -> Expr<Option<Bound<Self>>, Self::Phase>
    where
        Base<Self>: RangeOf,
    {
        Expr::new(Node::sql(&["lower(", ")"], Level::Atom, [self.into_node()]))
    }

    /// `upper(self)`: the upper bound, of integers and dates the first value behind the range; NULL if there is none or
    /// the range is empty.
    fn upper_bound(self) -> Expr<Option<Bound<Self>>, Self::Phase>
    where
        Base<Self>: RangeOf,
    {
        Expr::new(Node::sql(&["upper(", ")"], Level::Atom, [self.into_node()]))
    }

    /// `isempty(self)`: whether no value lies in it.
    fn is_empty(self) -> Lift<ModeOf<Self>, bool>
    where
        Base<Self>: RangeOf,
    {
        Expr::new(Node::sql(&["isempty(", ")"], Level::Atom, [self.into_node()]))
    }
}

impl<E: Expression> RangeFunctions for E {}

fn operator<E: Expression, R: Operand<Base<E>>, T, P>(
    pieces: &'static [&'static str; 3],
    left: E,
    right: R,
) -> Expr<T, P> {
    Expr::new(Node::infix(
        pieces,
        Level::Operator,
        left.into_node(),
        right.into_operand(),
    ))
}

//! Comparisons (*Comparison Functions and Operators*).
//!
//! With an `Option` on either side the result is an `Option<bool>`, which `filter` takes too: as in SQL, a row whose
//! condition is NULL is not selected.

use super::{Assignable, Base, Both, Expr, Expression, Lift, List, Null, Operand};
use crate::sql::{Level, Node};
use crate::types::{DbType, Nullness};

/// Comparisons of a column or expression with a value, column or expression of the same type.
pub trait Compare: Expression {
    /// `self = other`
    fn eq<R: Operand<Base<Self>>>(self, other: R) -> Lift<Both<Self, R>, bool> {
        Expr::new(comparison(&["", " = ", ""], self.into_node(), other.into_operand()))
    }

    /// `self <> other`. NULL is neither equal nor unequal to anything: see [`is_distinct_from`](Self::is_distinct_from).
    fn ne<R: Operand<Base<Self>>>(self, other: R) -> Lift<Both<Self, R>, bool> {
        Expr::new(comparison(&["", " <> ", ""], self.into_node(), other.into_operand()))
    }

    /// `self < other`
    fn lt<R: Operand<Base<Self>>>(self, other: R) -> Lift<Both<Self, R>, bool> {
        Expr::new(comparison(&["", " < ", ""], self.into_node(), other.into_operand()))
    }

    /// `self <= other`
    fn le<R: Operand<Base<Self>>>(self, other: R) -> Lift<Both<Self, R>, bool> {
        Expr::new(comparison(&["", " <= ", ""], self.into_node(), other.into_operand()))
    }

    /// `self > other`
    fn gt<R: Operand<Base<Self>>>(self, other: R) -> Lift<Both<Self, R>, bool> {
        Expr::new(comparison(&["", " > ", ""], self.into_node(), other.into_operand()))
    }

    /// `self >= other`
    fn ge<R: Operand<Base<Self>>>(self, other: R) -> Lift<Both<Self, R>, bool> {
        Expr::new(comparison(&["", " >= ", ""], self.into_node(), other.into_operand()))
    }

    /// `self BETWEEN low AND high`: both ends included; never true when `low > high`.
    fn between<L, H>(self, low: L, high: H) -> Lift<Both2<Self, L, H>, bool>
    where
        L: Operand<Base<Self>>,
        H: Operand<Base<Self>>,
    {
        let args = [self.into_node(), low.into_operand(), high.into_operand()];
        Expr::new(Node::sql(&["", " BETWEEN ", " AND ", ""], Level::Range, args))
    }

    /// `self NOT BETWEEN low AND high`
    fn not_between<L, H>(self, low: L, high: H) -> Lift<Both2<Self, L, H>, bool>
    where
        L: Operand<Base<Self>>,
        H: Operand<Base<Self>>,
    {
        let args = [self.into_node(), low.into_operand(), high.into_operand()];
        Expr::new(Node::sql(&["", " NOT BETWEEN ", " AND ", ""], Level::Range, args))
    }

    /// `self = ANY(list)`: one parameter whatever the list's length; an empty list is false for every row.
    fn in_<L: List<Base<Self>>>(self, list: L) -> Lift<Null<Self>, bool> {
        let args = [self.into_node(), list.into_array()];
        Expr::new(Node::sql(&["", " = ANY(", ")"], Level::Comparison, args))
    }

    /// `self <> ALL(list)`; an empty list is true for every row. A NULL is in no list and not in none.
    fn not_in<L: List<Base<Self>>>(self, list: L) -> Lift<Null<Self>, bool> {
        let args = [self.into_node(), list.into_array()];
        Expr::new(Node::sql(&["", " <> ALL(", ")"], Level::Comparison, args))
    }

    /// `self IS NOT DISTINCT FROM other`: equal, or both NULL. Takes an `Option`. Never NULL.
    fn is_not_distinct_from<R: Assignable<Option<Base<Self>>>>(self, other: R) -> Expr<bool> {
        let args = [self.into_node(), other.into_value()];
        Expr::new(Node::sql(&["", " IS NOT DISTINCT FROM ", ""], Level::Is, args))
    }

    /// `self IS DISTINCT FROM other`: unequal, or just one of them NULL. Takes an `Option`. Never NULL.
    fn is_distinct_from<R: Assignable<Option<Base<Self>>>>(self, other: R) -> Expr<bool> {
        let args = [self.into_node(), other.into_value()];
        Expr::new(Node::sql(&["", " IS DISTINCT FROM ", ""], Level::Is, args))
    }

    /// `self IS NULL`. For `Option` columns: others never are.
    fn is_null(self) -> Expr<bool>
    where
        Self::Type: MayBeNull,
    {
        Expr::new(Node::sql(&["", " IS NULL"], Level::Is, [self.into_node()]))
    }

    /// `self IS NOT NULL`. For `Option` columns: others always are.
    fn is_not_null(self) -> Expr<bool>
    where
        Self::Type: MayBeNull,
    {
        Expr::new(Node::sql(&["", " IS NOT NULL"], Level::Is, [self.into_node()]))
    }

    /// `coalesce(self, other)`: `other` where this is NULL. Not an `Option` any more if `other` is none.
    fn coalesce<R: Operand<Base<Self>>>(self, other: R) -> Lift<R::Null, Base<Self>> {
        let args = [self.into_node(), other.into_operand()];
        Expr::new(Node::sql(&["coalesce(", ", ", ")"], Level::Atom, args))
    }

    /// `nullif(self, other)`: NULL where the two are equal.
    fn nullif<R: Operand<Base<Self>>>(self, other: R) -> Expr<Option<Base<Self>>>
    where
        Option<Base<Self>>: DbType,
    {
        let args = [self.into_node(), other.into_operand()];
        Expr::new(Node::sql(&["nullif(", ", ", ")"], Level::Atom, args))
    }

    /// `greatest(self, other)`; NULL only if both are.
    fn greatest<R: Operand<Base<Self>>>(self, other: R) -> Lift<<Null<Self> as Nullness>::And<R::Null>, Base<Self>> {
        let args = [self.into_node(), other.into_operand()];
        Expr::new(Node::sql(&["greatest(", ", ", ")"], Level::Atom, args))
    }

    /// `least(self, other)`; NULL only if both are.
    fn least<R: Operand<Base<Self>>>(self, other: R) -> Lift<<Null<Self> as Nullness>::And<R::Null>, Base<Self>> {
        let args = [self.into_node(), other.into_operand()];
        Expr::new(Node::sql(&["least(", ", ", ")"], Level::Atom, args))
    }

    /// The same expression as an `Option`, where a type must agree with one that may be NULL.
    fn nullable(self) -> Expr<Option<Base<Self>>>
    where
        Option<Base<Self>>: DbType,
    {
        Expr::new(self.into_node())
    }
}

impl<E: Expression> Compare for E {}

type Both2<E, L, H> = <Both<E, L> as Nullness>::Or<<H as Operand<Base<E>>>::Null>;

pub(crate) fn comparison(pieces: &'static [&'static str; 3], left: Node, right: Node) -> Node {
    Node::infix(pieces, Level::Comparison, left, right)
}

/// A type that may be NULL: an `Option`.
#[diagnostic::on_unimplemented(
    message = "a `{Self}` is never NULL",
    label = "not an `Option`",
    note = "only `Option` columns can be NULL; remove this condition"
)]
pub trait MayBeNull {}

impl<T> MayBeNull for Option<T> {}

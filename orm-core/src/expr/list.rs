//! Comparisons with a whole list (*Row and Array Comparisons*, *Subquery Expressions*): `ANY` and `ALL`, and the lists
//! that are no values: arrays of the database, and queries.

use super::compare::Listed;
use super::{Base, Column, Comparable, Expr, Expression, Is, Lift, List, PerRow, Phase};
use crate::query::{ClauseScope, Distinct, Selected};
use crate::sql::{Level, Node};
use crate::types::{DbType, Element, NotNull, Nullable, Nullness};

/// How an operator is written before a list, and before a query.
type Pieces = [&'static [&'static str; 3]; 2];

fn quantified(pieces: &Pieces, left: Node, list: Node) -> Node {
    let [of_list, of_query] = *pieces;
    match list {
        Node::Select(..) => Node::sql(of_query, Level::Comparison, [left, list]),
        _ => Node::sql(of_list, Level::Comparison, [left, list]),
    }
}

/// `left IN list`, or `left NOT IN list`.
pub(crate) fn membership(left: Node, list: Node, negated: bool) -> Node {
    match (&list, negated) {
        (Node::Select(..), false) => Node::sql(&["", " IN ", ""], Level::Range, [left, list]),
        (Node::Select(..), true) => Node::sql(&["", " NOT IN ", ""], Level::Range, [left, list]),
        (_, false) => Node::sql(&["", " = ANY(", ")"], Level::Comparison, [left, list]),
        (_, true) => Node::sql(&["", " <> ALL(", ")"], Level::Comparison, [left, list]),
    }
}

/// Comparisons with any or all of a list or query.
///
/// With an empty list `ANY` is false and `ALL` is true. With NULLs among the values (or a NULL on the left) the answer is
/// NULL where they could have decided it.
pub trait Quantified: Expression {
    /// `self = ANY(list)`: it equals some value of the list. The same as [`in_`](super::Predicates::in_).
    fn eq_any<L: List<Base<Self>>>(self, list: L) -> Lift<Listed<Self, L>, bool> {
        let pieces: Pieces = [&["", " = ANY(", ")"], &["", " = ANY ", ""]];
        Expr::new(quantified(&pieces, self.into_node(), list.into_list()))
    }

    /// `self <> ANY(list)`: it differs from some value of the list.
    fn ne_any<L: List<Base<Self>>>(self, list: L) -> Lift<Listed<Self, L>, bool> {
        let pieces: Pieces = [&["", " <> ANY(", ")"], &["", " <> ANY ", ""]];
        Expr::new(quantified(&pieces, self.into_node(), list.into_list()))
    }

    /// `self < ANY(list)`: it is less than some value of the list.
    fn lt_any<L: List<Base<Self>>>(self, list: L) -> Lift<Listed<Self, L>, bool> {
        let pieces: Pieces = [&["", " < ANY(", ")"], &["", " < ANY ", ""]];
        Expr::new(quantified(&pieces, self.into_node(), list.into_list()))
    }

    /// `self <= ANY(list)`: it is at most some value of the list.
    fn le_any<L: List<Base<Self>>>(self, list: L) -> Lift<Listed<Self, L>, bool> {
        let pieces: Pieces = [&["", " <= ANY(", ")"], &["", " <= ANY ", ""]];
        Expr::new(quantified(&pieces, self.into_node(), list.into_list()))
    }

    /// `self > ANY(list)`: it is greater than some value of the list.
    fn gt_any<L: List<Base<Self>>>(self, list: L) -> Lift<Listed<Self, L>, bool> {
        let pieces: Pieces = [&["", " > ANY(", ")"], &["", " > ANY ", ""]];
        Expr::new(quantified(&pieces, self.into_node(), list.into_list()))
    }

    /// `self >= ANY(list)`: it is at least some value of the list.
    fn ge_any<L: List<Base<Self>>>(self, list: L) -> Lift<Listed<Self, L>, bool> {
        let pieces: Pieces = [&["", " >= ANY(", ")"], &["", " >= ANY ", ""]];
        Expr::new(quantified(&pieces, self.into_node(), list.into_list()))
    }

    /// `self = ALL(list)`: it equals every value of the list.
    fn eq_all<L: List<Base<Self>>>(self, list: L) -> Lift<Listed<Self, L>, bool> {
        let pieces: Pieces = [&["", " = ALL(", ")"], &["", " = ALL ", ""]];
        Expr::new(quantified(&pieces, self.into_node(), list.into_list()))
    }

    /// `self <> ALL(list)`: it differs from every value of the list. The same as [`not_in`](super::Predicates::not_in).
    fn ne_all<L: List<Base<Self>>>(self, list: L) -> Lift<Listed<Self, L>, bool> {
        let pieces: Pieces = [&["", " <> ALL(", ")"], &["", " <> ALL ", ""]];
        Expr::new(quantified(&pieces, self.into_node(), list.into_list()))
    }

    /// `self < ALL(list)`: it is less than every value of the list.
    fn lt_all<L: List<Base<Self>>>(self, list: L) -> Lift<Listed<Self, L>, bool> {
        let pieces: Pieces = [&["", " < ALL(", ")"], &["", " < ALL ", ""]];
        Expr::new(quantified(&pieces, self.into_node(), list.into_list()))
    }

    /// `self <= ALL(list)`: it is at most every value of the list.
    fn le_all<L: List<Base<Self>>>(self, list: L) -> Lift<Listed<Self, L>, bool> {
        let pieces: Pieces = [&["", " <= ALL(", ")"], &["", " <= ALL ", ""]];
        Expr::new(quantified(&pieces, self.into_node(), list.into_list()))
    }

    /// `self > ALL(list)`: it is greater than every value of the list.
    fn gt_all<L: List<Base<Self>>>(self, list: L) -> Lift<Listed<Self, L>, bool> {
        let pieces: Pieces = [&["", " > ALL(", ")"], &["", " > ALL ", ""]];
        Expr::new(quantified(&pieces, self.into_node(), list.into_list()))
    }

    /// `self >= ALL(list)`: it is at least every value of the list.
    fn ge_all<L: List<Base<Self>>>(self, list: L) -> Lift<Listed<Self, L>, bool> {
        let pieces: Pieces = [&["", " >= ALL(", ")"], &["", " >= ALL ", ""]];
        Expr::new(quantified(&pieces, self.into_node(), list.into_list()))
    }
}

impl<E: Expression> Quantified for E {}

// Written out, because an error would show the macro.
#[diagnostic::do_not_recommend]
impl<S: ClauseScope, T: DbType + Comparable<B>, B> List<B> for Selected<S, T> {
    type Mode = Is<T::Null, PerRow>;
    fn into_list(self) -> Node {
        Node::select(self.parts)
    }
}

#[diagnostic::do_not_recommend]
impl<S: ClauseScope, T: DbType + Comparable<B>, B> List<B> for Distinct<S, T> {
    type Mode = Is<T::Null, PerRow>;
    fn into_list(self) -> Node {
        Node::select(self.parts)
    }
}

/// An array of the database, as an operand of `ANY`. A query there would be one of rows, and not one that gives the array;
/// the cast makes it a value.
pub(crate) fn array_value<T: DbType>(node: Node) -> Node {
    match node {
        Node::Select(..) => Node::cast(node, T::TYPE),
        other => other,
    }
}

macro_rules! arrays {
    ($($type:ty => $null:ty;)*) => { $(
        #[diagnostic::do_not_recommend]
        impl<M, B: Element<Base = B, Null = NotNull>, W, N: Nullness> List<B> for Column<M, $type, W, N> {
            type Mode = Is<<$null as Nullness>::Or<N>, PerRow>;
            fn into_list(self) -> Node {
                self.into_node()
            }
        }
        #[diagnostic::do_not_recommend]
        impl<P: Phase, B: Element<Base = B, Null = NotNull>> List<B> for Expr<$type, P> {
            type Mode = Is<$null, P>;
            fn into_list(self) -> Node {
                array_value::<$type>(self.node)
            }
        }
    )* };
}
arrays! {
    Vec<B> => NotNull;
    Vec<Option<B>> => Nullable;
    Option<Vec<B>> => Nullable;
    Option<Vec<Option<B>>> => Nullable;
}

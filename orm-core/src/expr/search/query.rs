//! Operators and functions of `tsquery`.

use crate::expr::{Base, Both, Expr, Expression, Lift, Mode, ModeOf, Operand};
use crate::sql::{Level, Node};
use crate::types::{DbType, TsQuery};

/// A `tsquery`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a `tsquery`",
    label = "expected a `TsQuery` column or expression",
    note = "`websearch_to_tsquery(\"english\", text)` makes one of a text"
)]
pub trait SearchQuery: DbType {
    /// `T`. Said here, so that the error of a type that is no query is one of the method's result, and short.
    #[doc(hidden)]
    type Gives<T: DbType>: DbType;
}

#[diagnostic::do_not_recommend]
impl SearchQuery for TsQuery {
    type Gives<T: DbType> = T;
}

/// Operators and functions of `tsquery`. An empty query is left out of what it is joined with.
pub trait SearchQueryFunctions: Expression {
    /// `self && other`: documents that match both.
    fn and_query<R: Operand<Base<Self>>>(self, other: R) -> Lift<Both<Self, R>, Gives<Self, Base<Self>>>
    where
        Base<Self>: SearchQuery,
    {
        joined(self, &["", " && ", ""], other)
    }

    /// `self || other`: documents that match either.
    fn or_query<R: Operand<Base<Self>>>(self, other: R) -> Lift<Both<Self, R>, Gives<Self, Base<Self>>>
    where
        Base<Self>: SearchQuery,
    {
        joined(self, &["", " || ", ""], other)
    }

    /// `!!self`: documents that do not match.
    fn not_query(self) -> Lift<ModeOf<Self>, Gives<Self, Base<Self>>>
    where
        Base<Self>: SearchQuery,
    {
        Expr::new(Node::sql(&["!!", ""], Level::Operator, [self.into_node()]))
    }

    /// `self <-> other`: documents where the one is right before the other.
    fn followed_by<R: Operand<Base<Self>>>(self, other: R) -> Lift<Both<Self, R>, Gives<Self, Base<Self>>>
    where
        Base<Self>: SearchQuery,
    {
        joined(self, &["", " <-> ", ""], other)
    }

    /// `tsquery_phrase(self, other, distance)`: documents where the other is this many words behind the one.
    fn followed_at<R, D>(self, other: R, distance: D) -> Lift<Apart<Self, R, D>, Gives<Self, Base<Self>>>
    where
        Base<Self>: SearchQuery,
        R: Operand<Base<Self>>,
        D: Operand<i32>,
    {
        let args = [self.into_node(), other.into_operand(), distance.into_operand()];
        Expr::new(Node::sql(&["tsquery_phrase(", ", ", ", ", ")"], Level::Atom, args))
    }

    /// `numnode(self)`: how many lexemes and operators it has; 0 of a query that matches nothing because all its words are stop
    /// words.
    fn numnode(self) -> Lift<ModeOf<Self>, Gives<Self, i32>>
    where
        Base<Self>: SearchQuery,
    {
        Expr::new(Node::sql(&["numnode(", ")"], Level::Atom, [self.into_node()]))
    }

    /// `querytree(self)`: the part of it that an index can serve, as text; `T` if none can.
    fn querytree(self) -> Lift<ModeOf<Self>, Gives<Self, String>>
    where
        Base<Self>: SearchQuery,
    {
        Expr::new(Node::sql(&["querytree(", ")"], Level::Atom, [self.into_node()]))
    }
}

impl<E: Expression> SearchQueryFunctions for E {}

fn joined<E: Expression, R: Operand<Base<E>>, T, P>(
    left: E,
    pieces: &'static [&'static str; 3],
    right: R,
) -> Expr<T, P> {
    let right = right.into_operand();
    Expr::new(Node::infix(pieces, Level::Operator, left.into_node(), right))
}

type Gives<E, T> = <Base<E> as SearchQuery>::Gives<T>;
type Apart<E, R, D> = <Both<E, R> as Mode>::Or<<D as Operand<i32>>::Mode>;

//! Queries inside of expressions (*Subquery Expressions*).
//!
//! A closure's columns can be captured by a query inside of it: that makes it a correlated one.

use super::{ClauseScope, Distinct, Fetch, Selected};
use crate::expr::{Expr, Expression};
use crate::sql::{Level, Node};
use crate::types::{DbType, Element, FromRow};

/// `EXISTS (SELECT …)`: whether the query gives a row. Never NULL.
pub fn exists<Q: Fetch>(query: Q) -> Expr<bool> {
    let mut parts = query.into_parts();
    parts.reduce_to_existence();
    Expr::new(Node::sql(&["EXISTS ", ""], Level::Atom, [Node::select(parts)]))
}

/// `NOT EXISTS (SELECT …)`: whether the query gives no row. Never NULL.
pub fn not_exists<Q: Fetch>(query: Q) -> Expr<bool> {
    let exists = exists(query).into_node();
    Expr::new(Node::sql(&["NOT ", ""], Level::Not, [exists]))
}

/// What a query of one column selects.
#[diagnostic::on_unimplemented(
    message = "a query of `{Self}` is no single value",
    label = "selects more than one column, or a whole model",
    note = "select the one column that is meant: `.select(|p| p.title)`"
)]
pub trait OneColumn: FromRow {
    /// The column's type, or NULL.
    type Maybe: DbType;
    /// The column's values together.
    type Many;
}

#[diagnostic::do_not_recommend]
impl<T: DbType + FromRow> OneColumn for T
where
    Option<T::Base>: DbType,
{
    type Maybe = Option<T::Base>;
    type Many = Vec<T>;
}

macro_rules! values {
    ($($stage:ident),*) => { $(
        impl<S: ClauseScope, T: FromRow> $stage<S, T> {
            /// The value of the only row as an expression of the query around this one: `(SELECT …)`. NULL if there is no
            /// row; of several the server makes an error (21000).
            #[rustfmt::skip] // In one line, because errors show it.
            pub fn scalar(self) -> Expr<T::Maybe> where T: OneColumn {
                Expr::new(Node::select(self.into_parts()))
            }

            /// The values of all rows as an array, in the query's order: `ARRAY(SELECT …)`. Empty if there is no row, and never
            /// NULL.
            #[rustfmt::skip] // In one line, because errors show it.
            pub fn array(self) -> Expr<T::Many> where T: OneColumn + Element {
                Expr::new(Node::sql(&["ARRAY", ""], Level::Atom, [Node::select(self.into_parts())]))
            }
        }
    )* };
}
values!(Selected, Distinct);

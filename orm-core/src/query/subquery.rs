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

/// What a query of one column selects; `T` is the column's type without NULL. (A parameter and not an associated type, so
/// that the error of another query is this trait's.)
#[diagnostic::on_unimplemented(
    message = "a query of `{Self}` is no single value",
    label = "selects more than one column, or a whole model",
    note = "select the one column that is meant: `.select(|p| p.title)`"
)]
pub trait OneColumn<T> {}

#[diagnostic::do_not_recommend]
impl<T: DbType<Base = B> + FromRow, B> OneColumn<B> for T {}

/// What a query selects whose values an array can hold.
#[diagnostic::on_unimplemented(
    message = "the values of a query of `{Self}` are no array",
    label = "selects more than one column, a whole model or an array",
    note = "select the one column that is meant: `.select(|p| p.title)`"
)]
pub trait OneElement {}

#[diagnostic::do_not_recommend]
impl<T: Element + FromRow> OneElement for T {}

// Written out, because an error would show the macro.
impl<S: ClauseScope, T: FromRow> Selected<S, T> {
    /// The value of the only row as an expression of the query around this one: `(SELECT …)`. NULL if there is no row; of
    /// several the server makes an error (21000).
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn scalar<V>(self) -> Expr<Option<V>> where T: OneColumn<V> {
        Expr::new(Node::select(self.into_parts()))
    }

    /// The values of all rows as an array, in the query's order: `ARRAY(SELECT …)`. Empty if there is no row, and never
    /// NULL.
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn array(self) -> Expr<Vec<T>> where T: OneElement {
        Expr::new(Node::sql(&["ARRAY", ""], Level::Atom, [Node::select(self.into_parts())]))
    }
}

impl<S: ClauseScope, T: FromRow> Distinct<S, T> {
    /// The value of the only row as an expression of the query around this one: `(SELECT …)`. NULL if there is no row; of
    /// several the server makes an error (21000).
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn scalar<V>(self) -> Expr<Option<V>> where T: OneColumn<V> {
        Expr::new(Node::select(self.into_parts()))
    }

    /// The values of all rows as an array, in the query's order: `ARRAY(SELECT …)`. Empty if there is no row, and never
    /// NULL.
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn array(self) -> Expr<Vec<T>> where T: OneElement {
        Expr::new(Node::sql(&["ARRAY", ""], Level::Atom, [Node::select(self.into_parts())]))
    }
}

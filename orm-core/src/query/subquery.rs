//! Queries inside of expressions (*Subquery Expressions*).
//!
//! A closure's columns can be captured by a query inside of it: that makes it a correlated one.

use super::{ClauseScope, Fetch, Selected};
use crate::expr::{Expr, Expression};
use crate::sql::{Level, Node};
use crate::types::{DbType, FromRow};

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

impl<S: ClauseScope, T: DbType + FromRow> Selected<S, T> {
    /// The value of the only row as an expression of the query around this one: `(SELECT …)`. NULL if there is no row; of
    /// several the server makes an error (21000).
    pub fn scalar(self) -> Expr<Option<T::Base>>
    where
        Option<T::Base>: DbType,
    {
        Expr::new(Node::select(self.into_parts()))
    }
}

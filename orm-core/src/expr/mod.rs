//! Typed expressions. One file per family of operators.
//!
//! An [`Expr<T>`] is a small untyped [`Node`] and the Rust type that it decodes to; a [`Column`] is its `Copy` form for
//! what the closures' arguments hold. Operators are methods of [`Expression`] and its family traits, so columns and
//! computed values have the same ones.

mod assign;
mod column;
mod order;
mod select;

pub use assign::Assign;
pub use column::{Column, Generated, PrimaryKey, Settable, Source, Version, Writable};
pub use order::{Order, Orders};
pub use select::{FromColumn, Select, SelectAs};

use std::fmt;
use std::marker::PhantomData;

use crate::sql::Node;
use crate::types::DbType;

/// A column or computed value of type `T`.
#[must_use = "an expression does nothing until it is part of a query"]
pub struct Expr<T> {
    pub(crate) node: Node,
    marker: PhantomData<fn() -> T>,
}

impl<T> Expr<T> {
    /// An expression over a node that PostgreSQL evaluates to a `T`.
    pub(crate) fn new(node: Node) -> Self {
        Self {
            node,
            marker: PhantomData,
        }
    }
}

impl<T> Clone for Expr<T> {
    fn clone(&self) -> Self {
        Self::new(self.node.clone())
    }
}

impl<T: DbType> fmt::Debug for Expr<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Expr({})", T::TYPE)
    }
}

/// A column or a computed value.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a column or expression",
    label = "expected a column or expression"
)]
pub trait Expression: Sized {
    /// The Rust type that it decodes to.
    type Type: DbType;
    /// The untyped tree.
    #[doc(hidden)]
    fn into_node(self) -> Node;
}

impl<T: DbType> Expression for Expr<T> {
    type Type = T;
    fn into_node(self) -> Node {
        self.node
    }
}

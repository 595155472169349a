//! Typed expressions. One file per family of operators.
//!
//! An [`Expr<T>`] is a small untyped [`Node`] and the Rust type that it decodes to; a [`Column`] is its `Copy` form for
//! what the closures' arguments hold. Operators are methods of [`Expression`] and its family traits, so columns and
//! computed values have the same ones.

#![allow(
    clippy::type_complexity,
    clippy::wrong_self_convention,
    reason = "types carry nullness, and an expression is consumed by `is_null` as by any operator"
)]

mod arithmetic;
mod array;
mod assign;
pub(crate) mod capture;
mod case;
mod cast;
mod column;
mod compare;
mod datetime;
#[cfg(feature = "json")]
mod json;
mod logic;
mod operand;
mod order;
mod range;
mod select;
mod text;

#[doc(hidden)]
pub use arithmetic::{Addend, Factor, Subtrahend};
pub use arithmetic::{Addition, Fractional, Multiplication, Number, NumberFunctions, Remainder, Subtraction};
pub use array::{ArrayFunctions, ArrayOf, Container, Contains};
pub use assign::{Assign, Assignable, Assigns, AssignsTuple, FitsInto, TupleAssigns};
pub use capture::{Capture, SqlArgument};
pub use case::{Case, IntoExpr, case, value};
pub use cast::{Cast, CastResult, CastTo};
pub use column::{Column, Generated, PrimaryKey, Settable, Source, Version, Writable};
pub use compare::{Compare, MayBeNull, Predicates, RustComparison};
pub use datetime::{Dated, Instant, Now, Temporal, TimeFunctions, TimeUnit, Timestamp, now};
#[cfg(feature = "json")]
pub use json::{JsonFunctions, Jsonb};
pub use logic::{Boolean, Cond, Condition, all_of, any_of};
pub use operand::{Comparable, List, Operand, Value};
pub use order::{Order, OrderTuple, Orders, Sort, TupleOrders};
pub use range::{RangeFunctions, RangeOf};
pub use select::{FromColumn, Select, SelectAs, SelectParts, Selectable};
pub use text::{Text, TextFunctions, Texts, concat, concat_ws};

use std::fmt;
use std::marker::PhantomData;

use crate::sql::Node;
use crate::types::{DbType, Nullness};

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

/// The base type of an expression: `T` for `T` and `Option<T>`.
pub(crate) type Base<E> = <<E as Expression>::Type as DbType>::Base;
/// The nullness of an expression.
pub(crate) type Null<E> = <<E as Expression>::Type as DbType>::Null;
/// The nullness of an operator: nullable if either side is.
pub(crate) type Both<E, R> = <Null<E> as Nullness>::Or<<R as Operand<Base<E>>>::Null>;
/// An expression of type `T` under a nullness.
pub(crate) type Lift<N, T> = Expr<<N as Nullness>::Of<T>>;

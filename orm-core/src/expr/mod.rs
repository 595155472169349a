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
mod choice;
mod column;
mod compare;
mod container;
mod datetime;
mod declare;
mod elements;
#[cfg(feature = "json")]
mod json;
mod list;
mod logic;
mod math;
mod network;
mod operand;
mod order;
mod phase;
mod placeholder;
mod range;
mod row;
mod search;
mod select;
mod source;
mod text;
mod trigram;

#[doc(hidden)]
pub use arithmetic::{Addend, Factor, Subtrahend};
pub use arithmetic::{Addition, Multiplication, Negation, Number, Remainder, Subtraction};
pub(crate) use array::ElementOf;
pub use array::{ArrayFunctions, ArrayItems, ArrayOf, ArrayOperand, ArrayOver, array};
pub(crate) use assign::Setting;
pub use assign::{Assign, Assignable, Assigns, AssignsTuple, FitsInto, TupleAssigns};
pub use capture::{Capture, SqlArgument};
pub use case::{Case, IntoExpr, case, value};
pub use cast::{Cast, CastResult, CastTo};
pub use choice::{Choices, coalesce_all, greatest_all, least_all};
pub(crate) use column::POSITIONAL;
pub use column::{Column, Computed, Generated, PrimaryKey, Settable, Source, Version, Writable};
pub use compare::{Compare, MayBeNull, Predicates, RustComparison};
pub use container::{Container, Contains};
pub use datetime::{
    AnyDate, AnyInstant, AnyTime, AnyTimestamp, Date, Dated, Instant, IntervalFunctions, LocalTimestamp,
    PerhapsInfinite, Period, Span, Temporal, TimeFields, TimeFunctions, TimeOfDay, TimeUnit, TimeValue, Timestamp,
    Truncatable, WithDate, WithTime, clock_timestamp, current_date, from_epoch, local_time, local_timestamp, make_date,
    make_interval, make_time, make_timestamp, make_timestamptz, now, statement_timestamp, to_date, to_timestamp,
};
pub use declare::Argument;
pub use elements::{Elements, List};
#[cfg(feature = "json")]
pub use json::{
    JsonChanges, JsonFunctions, JsonItems, JsonKey, JsonKeyType, JsonMembers, JsonOperand, JsonPathFunctions,
    JsonScalar, Jsonb, json_array, json_object, to_jsonb,
};
pub use list::Quantified;
pub use logic::{Boolean, Cond, Condition, TruthTests, all_of, any_of};
pub use math::{
    CommonDivisor, Float, FloatFunctions, Fractional, Integer, IntegerFunctions, NumberFunctions, pi, random,
};
#[cfg(feature = "decimal")]
pub use math::{DecimalFunctions, Exact};
pub use network::{Network, NetworkFunctions, NetworkOperand};
#[cfg(feature = "decimal")]
#[doc(hidden)]
pub use operand::Whole;
pub use operand::{Comparable, Operand, OrNull, Value};
pub use order::{Order, OrderTuple, Orders, Sort, TupleOrders};
pub use phase::{
    Aggregate, InAggregate, InFilter, InHaving, InSelect, InWindow, Is, Mode, OfOneRow, PerRow, Phase, Windowed,
};
pub use placeholder::{BindTo, Parameters, Placeholder, Values};
pub use range::{
    Bounds, IsMultiRange, IsRange, RangeFunctions, RangeItems, RangeOf, RangeOperand, RangeOver, multirange, range,
};
pub use row::{Operands, RowExpr, RowList, RowParts, row};
pub use search::*;
pub use select::{FromColumn, Select, SelectAs, SelectParts, Selectable, WholeRow};
pub(crate) use source::MOST_RELATIONS;
pub use text::{
    Bytes, BytesFormat, BytesFunctions, FormatFunctions, Formatted, Octets, Patterns, RegexFunctions, Text,
    TextFunctions, Texts, chr, concat, concat_ws, quote_nullable,
};
pub use trigram::TrigramFunctions;

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::sql::{Level, Node};
use crate::types::{DbType, Nullness};

/// A column or computed value of type `T`, computed in the phase `P`.
#[must_use = "an expression does nothing until it is part of a query"]
pub struct Expr<T, P = PerRow> {
    pub(crate) node: Node,
    marker: PhantomData<fn() -> (T, P)>,
}

impl<T, P> Expr<T, P> {
    /// An expression over a node that PostgreSQL evaluates to a `T` in the phase `P`.
    pub(crate) fn new(node: Node) -> Self {
        Self {
            node,
            marker: PhantomData,
        }
    }
}

impl<T, P> Clone for Expr<T, P> {
    fn clone(&self) -> Self {
        Self::new(self.node.clone())
    }
}

impl<T: DbType, P> fmt::Debug for Expr<T, P> {
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
    /// When it is computed.
    type Phase: Phase;
    /// The untyped tree.
    #[doc(hidden)]
    fn into_node(self) -> Node;
}

impl<T: DbType, P: Phase> Expression for Expr<T, P> {
    type Type = T;
    type Phase = P;
    fn into_node(self) -> Node {
        self.node
    }
}

/// The base type of an expression: `T` for `T` and `Option<T>`.
pub(crate) type Base<E> = <<E as Expression>::Type as DbType>::Base;
/// The nullness and the phase of an expression.
pub(crate) type ModeOf<E> = Is<<<E as Expression>::Type as DbType>::Null, <E as Expression>::Phase>;
/// The mode of an operator that takes a `T` on the other side: nullable if either side is, of the later phase.
pub(crate) type With<E, R, T> = <ModeOf<E> as Mode>::Or<<R as Operand<T>>::Mode>;
/// The mode of an operator whose sides are of one type.
pub(crate) type Both<E, R> = With<E, R, Base<E>>;
/// The mode of a function with two arguments besides.
pub(crate) type With2<E, A, TA, B, TB> = <With<E, A, TA> as Mode>::Or<<B as Operand<TB>>::Mode>;
/// The mode of a function with three arguments besides.
pub(crate) type With3<E, A, TA, B, TB, C, TC> = <With2<E, A, TA, B, TB> as Mode>::Or<<C as Operand<TC>>::Mode>;
/// An expression of type `T` under a mode.
pub(crate) type Lift<M, T> = Expr<<<M as Mode>::Null as Nullness>::Of<T>, <M as Mode>::Phase>;

/// A call: what stands in parentheses needs none of its own.
pub(crate) fn call<T, P>(pieces: &'static [&'static str], args: impl Into<Arc<[Node]>>) -> Expr<T, P> {
    Expr::new(Node::sql(pieces, Level::Atom, args))
}

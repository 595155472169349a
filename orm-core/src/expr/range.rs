//! Ranges and multiranges (*Range Functions and Operators*): what is one, and what can stand beside one.
//! `.contains(value)` is [`Contains`](super::Contains)'.

mod functions;
mod make;

pub use functions::{IsMultiRange, IsRange, RangeFunctions};
pub use make::{Bounds, RangeItems, multirange, range};

use super::{Base, Column, Container, Expr, Expression, Is, Mode, ModeOf, Phase};
use crate::driver::Param;
use crate::sql::{Level, Node};
use crate::types::{DbType, MultiRange, NotNull, Nullness, Range, RangeElement};

#[diagnostic::do_not_recommend]
impl<T: RangeElement> Container for Range<T> {
    type Item = T;
    type Null = NotNull;
    fn contains(container: Node, item: Node) -> Node {
        Node::sql(&["", " @> ", ""], Level::Operator, [container, item])
    }
}

#[diagnostic::do_not_recommend]
impl<T: RangeElement> Container for MultiRange<T> {
    type Item = T;
    type Null = NotNull;
    fn contains(container: Node, item: Node) -> Node {
        Node::sql(&["", " @> ", ""], Level::Operator, [container, item])
    }
}

/// A range or multirange.
#[diagnostic::on_unimplemented(
    message = "a `{Self}` is not a range",
    label = "expected a `Range` or `MultiRange` column"
)]
pub trait RangeOf: DbType {
    /// The type of its bounds.
    type Bound: RangeElement;
    /// `T`. Said here, so that the error of a type that is no range is one of the method's result, and short.
    #[doc(hidden)]
    type Gives<T: DbType>: DbType;
}

#[diagnostic::do_not_recommend]
impl<T: RangeElement> RangeOf for Range<T> {
    type Bound = T;
    type Gives<R: DbType> = R;
}

#[diagnostic::do_not_recommend]
impl<T: RangeElement> RangeOf for MultiRange<T> {
    type Bound = T;
    type Gives<R: DbType> = R;
}

/// A range or multirange over `T`, or an `Option` of it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a range of `{T}`",
    label = "expected a range or multirange over `{T}`",
    note = "PostgreSQL has no operators between ranges over different types"
)]
pub trait RangeOver<T> {}

#[diagnostic::do_not_recommend]
impl<T: RangeElement> RangeOver<T> for Range<T> {}
#[diagnostic::do_not_recommend]
impl<T: RangeElement> RangeOver<T> for MultiRange<T> {}
#[diagnostic::do_not_recommend]
impl<T, R: RangeOver<T>> RangeOver<T> for Option<R> {}

/// The other side of an operator between ranges: a [`Range`] or [`MultiRange`], or a column or expression of either, over the
/// same type.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a range of `{T}`",
    label = "expected a range or multirange over `{T}`: a value, column or expression",
    note = "PostgreSQL has no operators between ranges over different types"
)]
pub trait RangeOperand<T> {
    /// Whether it may be NULL, and when it is computed.
    type Mode: Mode;
    /// The untyped tree.
    #[doc(hidden)]
    fn into_range_operand(self) -> Node;
}

macro_rules! values {
    ($($type:ty),*) => { $(
        #[diagnostic::do_not_recommend]
        impl<T: RangeElement> RangeOperand<T> for $type {
            type Mode = Is;
            fn into_range_operand(self) -> Node {
                Node::param(Param::new(&self))
            }
        }
        #[diagnostic::do_not_recommend]
        impl<T: RangeElement> RangeOperand<T> for &$type {
            type Mode = Is;
            fn into_range_operand(self) -> Node {
                Node::param(Param::new(self))
            }
        }
    )* };
}
values!(Range<T>, MultiRange<T>);

#[diagnostic::do_not_recommend]
impl<M, R: DbType + RangeOver<T>, W, N: Nullness, T> RangeOperand<T> for Column<M, R, W, N> {
    type Mode = Is<<R::Null as Nullness>::Or<N>>;
    fn into_range_operand(self) -> Node {
        self.into_node()
    }
}

#[diagnostic::do_not_recommend]
impl<R: DbType + RangeOver<T>, P: Phase, T> RangeOperand<T> for Expr<R, P> {
    type Mode = Is<R::Null, P>;
    fn into_range_operand(self) -> Node {
        self.node
    }
}

type Bound<E> = <Base<E> as RangeOf>::Bound;
type Gives<E, T> = <Base<E> as RangeOf>::Gives<T>;
/// The mode of an operator that takes a range on the other side.
type Beside<E, R> = <ModeOf<E> as Mode>::Or<<R as RangeOperand<Bound<E>>>::Mode>;

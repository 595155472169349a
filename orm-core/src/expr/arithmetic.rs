//! Arithmetic (*Mathematical Functions and Operators*).
//!
//! Operators give the type of their left side; a result that it cannot hold is the server's error 22003, a division by
//! zero 22012. To count wider, `.cast::<i64>()` first.

use std::ops::{Add, Div, Mul, Neg, Rem, Sub};

use super::{Column, Expr, Expression, Is, Lift, Mode, Operand, PerRow, Phase};
use crate::sql::{Level, Node};
use crate::types::{DbType, NotNull, Nullness};

/// A number: what arithmetic and the numeric functions work on.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a number",
    label = "expected a number: `i16`, `i32`, `i64`, `f32`, `f64` or `Decimal`"
)]
pub trait Number: DbType<Base = Self, Null = NotNull> {
    /// The type itself. Said here, so that the error of a type that is no number is one of the method's result, and short.
    #[doc(hidden)]
    type Gives: DbType;
}

/// A type that `+` works on: `With` is what is added.
#[diagnostic::on_unimplemented(
    message = "nothing can be added to `{Self}`",
    label = "not a number, date or time; texts are put together by `.concat(…)`"
)]
pub trait Addition: DbType {
    /// The other side.
    type With;
}

/// A type that `-` works on: `With` is what is subtracted.
#[diagnostic::on_unimplemented(
    message = "nothing can be subtracted from `{Self}`",
    label = "not a number, date or time"
)]
pub trait Subtraction: DbType {
    /// The other side.
    type With;
}

/// A type that `*` and `/` work on: `With` is the other side.
#[diagnostic::on_unimplemented(message = "`{Self}` cannot be multiplied or divided", label = "not a number")]
pub trait Multiplication: DbType {
    /// The other side.
    type With;
}

macro_rules! numbers {
    ($($type:ty),*) => { $(
        #[diagnostic::do_not_recommend]
        impl Number for $type {
            type Gives = $type;
        }
        #[diagnostic::do_not_recommend]
        impl Negation for $type {}
        #[diagnostic::do_not_recommend]
        impl Addition for $type { type With = $type; }
        #[diagnostic::do_not_recommend]
        impl Subtraction for $type { type With = $type; }
        #[diagnostic::do_not_recommend]
        impl Multiplication for $type { type With = $type; }
        number_on_the_left!($type, Add add " + " Additive);
        number_on_the_left!($type, Sub sub " - " Additive);
        number_on_the_left!($type, Mul mul " * " Multiplicative);
        number_on_the_left!($type, Div div " / " Multiplicative);
    )* };
}

/// `1 + u.age`
macro_rules! number_on_the_left {
    ($type:ty, $trait:ident $method:ident $sql:literal $level:ident) => {
        #[diagnostic::do_not_recommend]
        impl<T: DbType<Base = $type>, P> $trait<Expr<T, P>> for $type {
            type Output = Expr<T, P>;
            fn $method(self, right: Expr<T, P>) -> Expr<T, P> {
                let left = Operand::<$type>::into_operand(self);
                Expr::new(Node::infix(&["", $sql, ""], Level::$level, left, right.node))
            }
        }
        #[diagnostic::do_not_recommend]
        impl<M, T: DbType<Base = $type>, W, N: Nullness> $trait<Column<M, T, W, N>> for $type {
            type Output = Expr<N::Of<T>>;
            fn $method(self, right: Column<M, T, W, N>) -> Self::Output {
                let left = Operand::<$type>::into_operand(self);
                Expr::new(Node::infix(
                    &["", $sql, ""],
                    Level::$level,
                    left,
                    right.into_node(),
                ))
            }
        }
    };
}

numbers!(i16, i32, i64, f32, f64);
#[cfg(feature = "decimal")]
numbers!(rust_decimal::Decimal);

/// A right side of `+` on a `B`. A trait of the right side, because while its type is open rustc takes the operator to be
/// there, and then says in the words of [`Addition`] what is wrong; else it would say that there is no operator.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be added to `{B}`",
    label = "convert the value in Rust, or a column by `.cast::<T>()`"
)]
#[doc(hidden)]
pub trait Addend<B> {
    type Mode: Mode;
    fn into_right(self) -> Node;
}

/// As [`Addend`], of `-`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be subtracted from `{B}`",
    label = "convert the value in Rust, or a column by `.cast::<T>()`"
)]
#[doc(hidden)]
pub trait Subtrahend<B> {
    type Mode: Mode;
    fn into_right(self) -> Node;
}

/// As [`Addend`], of `*` and `/`.
#[diagnostic::on_unimplemented(
    message = "`{B}` cannot be multiplied with or divided by `{Self}`",
    label = "convert the value in Rust, or a column by `.cast::<T>()`"
)]
#[doc(hidden)]
pub trait Factor<B> {
    type Mode: Mode;
    fn into_right(self) -> Node;
}

macro_rules! right_side {
    ($right:ident $family:ident) => {
        impl<B: $family, R: Operand<B::With>> $right<B> for R {
            type Mode = R::Mode;
            fn into_right(self) -> Node {
                self.into_operand()
            }
        }
    };
}
right_side!(Addend Addition);
right_side!(Subtrahend Subtraction);
right_side!(Factor Multiplication);

macro_rules! operator {
    ($trait:ident $method:ident $right:ident $sql:literal $level:ident) => {
        impl<T: DbType, P: Phase, R: $right<T::Base>> $trait<R> for Expr<T, P> {
            type Output = Lift<<Is<T::Null, P> as Mode>::Or<R::Mode>, T::Base>;
            fn $method(self, right: R) -> Self::Output {
                Expr::new(Node::infix(
                    &["", $sql, ""],
                    Level::$level,
                    self.node,
                    right.into_right(),
                ))
            }
        }

        impl<M, T: DbType, W, N: Nullness, R: $right<T::Base>> $trait<R> for Column<M, T, W, N> {
            type Output = Lift<<Is<<T::Null as Nullness>::Or<N>, PerRow> as Mode>::Or<R::Mode>, T::Base>;
            fn $method(self, right: R) -> Self::Output {
                Expr::new(Node::infix(
                    &["", $sql, ""],
                    Level::$level,
                    self.into_node(),
                    right.into_right(),
                ))
            }
        }
    };
}

operator!(Add add Addend " + " Additive);
operator!(Sub sub Subtrahend " - " Additive);
operator!(Mul mul Factor " * " Multiplicative);
operator!(Div div Factor " / " Multiplicative);

/// A number that `%` works on: PostgreSQL has no remainder of floats.
#[diagnostic::on_unimplemented(
    message = "a `{Self}` has no remainder",
    label = "expected an `i16`, `i32`, `i64` or `Decimal`"
)]
pub trait Remainder: Number {}

impl Remainder for i16 {}
impl Remainder for i32 {}
impl Remainder for i64 {}
#[cfg(feature = "decimal")]
impl Remainder for rust_decimal::Decimal {}

impl<T: DbType, P: Phase, R> Rem<R> for Expr<T, P>
where
    T::Base: Remainder,
    R: Operand<T::Base>,
{
    type Output = Lift<<Is<T::Null, P> as Mode>::Or<R::Mode>, T::Base>;
    fn rem(self, right: R) -> Self::Output {
        Expr::new(Node::sql(
            &["mod(", ", ", ")"],
            Level::Atom,
            [self.node, right.into_operand()],
        ))
    }
}

impl<M, T: DbType, W, N: Nullness, R> Rem<R> for Column<M, T, W, N>
where
    T::Base: Remainder,
    R: Operand<T::Base>,
{
    type Output = Lift<<Is<<T::Null as Nullness>::Or<N>, PerRow> as Mode>::Or<R::Mode>, T::Base>;
    fn rem(self, right: R) -> Self::Output {
        let args = [self.into_node(), right.into_operand()];
        Expr::new(Node::sql(&["mod(", ", ", ")"], Level::Atom, args))
    }
}

/// A type that a sign can stand before.
#[diagnostic::on_unimplemented(message = "`{Self}` has no sign", label = "not a number or interval")]
pub trait Negation: DbType {}

impl<T: DbType, P> Neg for Expr<T, P>
where
    T::Base: Negation,
{
    type Output = Self;
    fn neg(self) -> Self {
        Expr::new(Node::sql(&["- ", ""], Level::Sign, [self.node]))
    }
}

impl<M, T: DbType, W, N: Nullness> Neg for Column<M, T, W, N>
where
    T::Base: Negation,
{
    type Output = Expr<N::Of<T>>;
    fn neg(self) -> Self::Output {
        Expr::new(Node::sql(&["- ", ""], Level::Sign, [self.into_node()]))
    }
}

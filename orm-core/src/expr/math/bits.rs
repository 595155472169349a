//! Functions and operators of integers.

use crate::expr::{Base, Expr, Expression, Lift, ModeOf, Operand, With, call};
use crate::sql::{Level, Node};
use crate::types::DbType;

/// An integer.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an integer",
    label = "expected an `i16`, `i32` or `i64` column"
)]
pub trait Integer: DbType {
    /// The type itself. Said here, so that the error of a type that is no integer is one of the method's result, and short.
    #[doc(hidden)]
    type Gives: DbType;
    /// The type that holds greater ones.
    #[doc(hidden)]
    #[cfg(feature = "decimal")]
    type Exact: DbType;
}

/// What has a greatest common divisor.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no common divisor",
    label = "expected an `i32`, `i64` or `Decimal` column"
)]
pub trait CommonDivisor: DbType {
    /// As for [`Integer`].
    #[doc(hidden)]
    type Gives: DbType;
}

macro_rules! integers {
    ($($type:ty),*) => { $(
        #[diagnostic::do_not_recommend]
        impl Integer for $type {
            type Gives = $type;
            #[cfg(feature = "decimal")]
            type Exact = rust_decimal::Decimal;
        }
    )* };
}
integers!(i16, i32, i64);

macro_rules! divisible {
    ($($type:ty),*) => { $(
        #[diagnostic::do_not_recommend]
        impl CommonDivisor for $type {
            type Gives = $type;
        }
    )* };
}
divisible!(i32, i64);
#[cfg(feature = "decimal")]
divisible!(rust_decimal::Decimal);

type OfInteger<E> = <Base<E> as Integer>::Gives;
type OfDivisor<E> = <Base<E> as CommonDivisor>::Gives;

/// Bits, divisors and factorials.
pub trait IntegerFunctions: Expression {
    /// `self & other`: the bits that are set in both.
    fn bit_and<O: Operand<OfInteger<Self>>>(self, other: O) -> Lift<With<Self, O, OfInteger<Self>>, OfInteger<Self>>
    where
        Base<Self>: Integer,
    {
        Expr::new(Node::sql(
            &["", " & ", ""],
            Level::Operator,
            [self.into_node(), other.into_operand()],
        ))
    }

    /// `self | other`: the bits that are set in one or both.
    fn bit_or<O: Operand<OfInteger<Self>>>(self, other: O) -> Lift<With<Self, O, OfInteger<Self>>, OfInteger<Self>>
    where
        Base<Self>: Integer,
    {
        Expr::new(Node::sql(
            &["", " | ", ""],
            Level::Operator,
            [self.into_node(), other.into_operand()],
        ))
    }

    /// `self # other`: the bits that are set in just one.
    fn bit_xor<O: Operand<OfInteger<Self>>>(self, other: O) -> Lift<With<Self, O, OfInteger<Self>>, OfInteger<Self>>
    where
        Base<Self>: Integer,
    {
        Expr::new(Node::sql(
            &["", " # ", ""],
            Level::Operator,
            [self.into_node(), other.into_operand()],
        ))
    }

    /// `~ self`: the bits that are not set.
    fn bit_not(self) -> Lift<ModeOf<Self>, OfInteger<Self>>
    where
        Base<Self>: Integer,
    {
        Expr::new(Node::sql(&["~ ", ""], Level::Operator, [self.into_node()]))
    }

    /// `self << bits`
    fn shift_left<B: Operand<i32>>(self, bits: B) -> Lift<With<Self, B, i32>, OfInteger<Self>>
    where
        Base<Self>: Integer,
    {
        Expr::new(Node::sql(
            &["", " << ", ""],
            Level::Operator,
            [self.into_node(), bits.into_operand()],
        ))
    }

    /// `self >> bits`: the sign stays.
    fn shift_right<B: Operand<i32>>(self, bits: B) -> Lift<With<Self, B, i32>, OfInteger<Self>>
    where
        Base<Self>: Integer,
    {
        Expr::new(Node::sql(
            &["", " >> ", ""],
            Level::Operator,
            [self.into_node(), bits.into_operand()],
        ))
    }

    /// `gcd(self, other)`: the greatest common divisor, never negative; 0 of two zeros.
    fn gcd<O: Operand<OfDivisor<Self>>>(self, other: O) -> Lift<With<Self, O, OfDivisor<Self>>, OfDivisor<Self>>
    where
        Base<Self>: CommonDivisor,
    {
        call(&["gcd(", ", ", ")"], [self.into_node(), other.into_operand()])
    }

    /// `lcm(self, other)`: the least common multiple, never negative; 0 if one is 0.
    fn lcm<O: Operand<OfDivisor<Self>>>(self, other: O) -> Lift<With<Self, O, OfDivisor<Self>>, OfDivisor<Self>>
    where
        Base<Self>: CommonDivisor,
    {
        call(&["lcm(", ", ", ")"], [self.into_node(), other.into_operand()])
    }

    /// `factorial(self)`; of a negative number the server's error 22003. `Decimal` holds those up to 27.
    #[cfg(feature = "decimal")]
    fn factorial(self) -> Lift<ModeOf<Self>, <Base<Self> as Integer>::Exact>
    where
        Base<Self>: Integer,
    {
        call(&["factorial(", ")"], [self.into_node()])
    }
}

impl<E: Expression> IntegerFunctions for E {}

//! Functions of `numeric`.

use rust_decimal::Decimal;

use crate::expr::{Base, Expression, Lift, ModeOf, Operand, With, call};
use crate::types::DbType;

/// An exact number: `Decimal`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a `Decimal`",
    label = "expected a `Decimal` column",
    note = "`.cast::<Decimal>()` makes one of a number"
)]
pub trait Exact: DbType {
    /// `T`. Said here, so that the error of a type that is no decimal is one of the method's result, and short.
    #[doc(hidden)]
    type Gives<T: DbType>: DbType;
}

#[diagnostic::do_not_recommend]
impl Exact for Decimal {
    type Gives<T: DbType> = T;
}

type Gives<E, T> = <Base<E> as Exact>::Gives<T>;

/// Functions of `Decimal`.
pub trait DecimalFunctions: Expression {
    /// `round(self, places)`: to so many places after the point, before it if negative; halves away from zero.
    fn round_to<P: Operand<i32>>(self, places: P) -> Lift<With<Self, P, i32>, Gives<Self, Decimal>>
    where
        Base<Self>: Exact,
    {
        call(&["round(", ", ", ")"], [self.into_node(), places.into_operand()])
    }

    /// `trunc(self, places)`: cut off behind so many places after the point, before it if negative.
    fn trunc_to<P: Operand<i32>>(self, places: P) -> Lift<With<Self, P, i32>, Gives<Self, Decimal>>
    where
        Base<Self>: Exact,
    {
        call(&["trunc(", ", ", ")"], [self.into_node(), places.into_operand()])
    }

    /// `div(self, divisor)`: the quotient without its fraction, towards zero; by zero the server's error 22012.
    fn div<D: Operand<Decimal>>(self, divisor: D) -> Lift<With<Self, D, Decimal>, Gives<Self, Decimal>>
    where
        Base<Self>: Exact,
    {
        call(&["div(", ", ", ")"], [self.into_node(), divisor.into_operand()])
    }

    /// `log(base, self)`: the logarithm to a base.
    fn log<B: Operand<Decimal>>(self, base: B) -> Lift<With<Self, B, Decimal>, Gives<Self, Decimal>>
    where
        Base<Self>: Exact,
    {
        call(&["log(", ", ", ")"], [base.into_operand(), self.into_node()])
    }

    /// `scale(self)`: how many places it has after the point.
    fn scale(self) -> Lift<ModeOf<Self>, Gives<Self, i32>>
    where
        Base<Self>: Exact,
    {
        call(&["scale(", ")"], [self.into_node()])
    }

    /// `min_scale(self)`: how many places after the point it needs.
    fn min_scale(self) -> Lift<ModeOf<Self>, Gives<Self, i32>>
    where
        Base<Self>: Exact,
    {
        call(&["min_scale(", ")"], [self.into_node()])
    }

    /// `trim_scale(self)`: without zeros at the end of its fraction.
    fn trim_scale(self) -> Lift<ModeOf<Self>, Gives<Self, Decimal>>
    where
        Base<Self>: Exact,
    {
        call(&["trim_scale(", ")"], [self.into_node()])
    }
}

impl<E: Expression> DecimalFunctions for E {}

//! The functions of numbers (*Mathematical Functions and Operators*).
//!
//! What a type cannot hold is the server's error 22003.

mod bits;
#[cfg(feature = "decimal")]
mod decimal;
mod float;

pub use bits::{CommonDivisor, Integer, IntegerFunctions};
#[cfg(feature = "decimal")]
pub use decimal::{DecimalFunctions, Exact};
pub use float::{Float, FloatFunctions, pi, random};

use super::{Base, Expression, Lift, ModeOf, Number, Operand, With, With3, call};
use crate::types::DbType;

/// A number that rounds: `f64` or `Decimal`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no fraction to round",
    label = "expected an `f64` or `Decimal`",
    note = "`.cast::<f64>()` makes one of a number"
)]
pub trait Fractional: Number {
    /// As for [`Number`].
    #[doc(hidden)]
    type Rounds: DbType;
    /// `T`. For what gives another type.
    #[doc(hidden)]
    type Of<T: DbType>: DbType;
}

#[diagnostic::do_not_recommend]
impl Fractional for f64 {
    type Rounds = f64;
    type Of<T: DbType> = T;
}
#[cfg(feature = "decimal")]
#[diagnostic::do_not_recommend]
impl Fractional for rust_decimal::Decimal {
    type Rounds = rust_decimal::Decimal;
    type Of<T: DbType> = T;
}

type OfFraction<E, T> = <Base<E> as Fractional>::Of<T>;

/// Functions of numbers: `abs` of all, the others of `f64` and `Decimal`.
pub trait NumberFunctions: Expression {
    /// `abs(self)`
    fn abs(self) -> Lift<ModeOf<Self>, <Base<Self> as Number>::Gives>
    where
        Base<Self>: Number,
    {
        call(&["abs(", ")"], [self.into_node()])
    }

    /// `sign(self)`: -1, 0 or 1.
    fn sign(self) -> Lift<ModeOf<Self>, <Base<Self> as Fractional>::Rounds>
    where
        Base<Self>: Fractional,
    {
        call(&["sign(", ")"], [self.into_node()])
    }

    /// `round(self)`: to the nearest integer; halves away from zero for `Decimal`, to even for `f64`.
    fn round(self) -> Lift<ModeOf<Self>, <Base<Self> as Fractional>::Rounds>
    where
        Base<Self>: Fractional,
    {
        call(&["round(", ")"], [self.into_node()])
    }

    /// `floor(self)`: the greatest integer not above.
    fn floor(self) -> Lift<ModeOf<Self>, <Base<Self> as Fractional>::Rounds>
    where
        Base<Self>: Fractional,
    {
        call(&["floor(", ")"], [self.into_node()])
    }

    /// `ceil(self)`: the least integer not below.
    fn ceil(self) -> Lift<ModeOf<Self>, <Base<Self> as Fractional>::Rounds>
    where
        Base<Self>: Fractional,
    {
        call(&["ceil(", ")"], [self.into_node()])
    }

    /// `trunc(self)`: the integer part, towards zero.
    fn trunc(self) -> Lift<ModeOf<Self>, <Base<Self> as Fractional>::Rounds>
    where
        Base<Self>: Fractional,
    {
        call(&["trunc(", ")"], [self.into_node()])
    }

    /// `sqrt(self)`; of a negative number the server's error 2201F.
    fn sqrt(self) -> Lift<ModeOf<Self>, <Base<Self> as Fractional>::Rounds>
    where
        Base<Self>: Fractional,
    {
        call(&["sqrt(", ")"], [self.into_node()])
    }

    /// `power(self, exponent)`; a negative number to a fraction is the server's error 2201F.
    fn power<X: Operand<Base<Self>>>(
        self,
        exponent: X,
    ) -> Lift<With<Self, X, Base<Self>>, <Base<Self> as Fractional>::Rounds>
    where
        Base<Self>: Fractional,
    {
        call(&["power(", ", ", ")"], [self.into_node(), exponent.into_operand()])
    }

    /// `exp(self)`: e to this power.
    fn exp(self) -> Lift<ModeOf<Self>, <Base<Self> as Fractional>::Rounds>
    where
        Base<Self>: Fractional,
    {
        call(&["exp(", ")"], [self.into_node()])
    }

    /// `ln(self)`: the natural logarithm; of what is not above zero the server's error 2201E.
    fn ln(self) -> Lift<ModeOf<Self>, <Base<Self> as Fractional>::Rounds>
    where
        Base<Self>: Fractional,
    {
        call(&["ln(", ")"], [self.into_node()])
    }

    /// `log(self)`: the logarithm to the base 10; of what is not above zero the server's error 2201E.
    fn log10(self) -> Lift<ModeOf<Self>, <Base<Self> as Fractional>::Rounds>
    where
        Base<Self>: Fractional,
    {
        call(&["log(", ")"], [self.into_node()])
    }

    /// `width_bucket(self, low, high, count)`: in which of so many equal parts between the bounds it lies, counted from
    /// 1; 0 below them, `count + 1` from the upper bound on. Equal bounds and a count below 1 are the server's error
    /// 2201G.
    fn width_bucket<L: Operand<Base<Self>>, H: Operand<Base<Self>>, C: Operand<i32>>(
        self,
        low: L,
        high: H,
        count: C,
    ) -> Lift<With3<Self, L, Base<Self>, H, Base<Self>, C, i32>, OfFraction<Self, i32>>
    where
        Base<Self>: Fractional,
    {
        call(
            &["width_bucket(", ", ", ", ", ", ", ")"],
            [
                self.into_node(),
                low.into_operand(),
                high.into_operand(),
                count.into_operand(),
            ],
        )
    }
}

impl<E: Expression> NumberFunctions for E {}

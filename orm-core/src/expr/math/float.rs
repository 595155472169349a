//! Functions of double precision.

use crate::expr::{Base, Expr, Expression, Lift, ModeOf, Operand, With, call};
use crate::types::DbType;

/// A floating-point number of double precision: `f64`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an `f64`",
    label = "expected an `f64` column",
    note = "`.cast::<f64>()` makes one of a number"
)]
pub trait Float: DbType {
    /// `T`. Said here, so that the error of a type that is no float is one of the method's result, and short.
    #[doc(hidden)]
    type Gives<T: DbType>: DbType;
}

#[diagnostic::do_not_recommend]
impl Float for f64 {
    type Gives<T: DbType> = T;
}

type OfFloat<E, T> = <Base<E> as Float>::Gives<T>;

/// Roots and trigonometry.
pub trait FloatFunctions: Expression {
    /// `cbrt(self)`: the cube root.
    fn cbrt(self) -> Lift<ModeOf<Self>, OfFloat<Self, f64>>
    where
        Base<Self>: Float,
    {
        call(&["cbrt(", ")"], [self.into_node()])
    }

    /// `degrees(self)`: radians as degrees.
    fn degrees(self) -> Lift<ModeOf<Self>, OfFloat<Self, f64>>
    where
        Base<Self>: Float,
    {
        call(&["degrees(", ")"], [self.into_node()])
    }

    /// `radians(self)`: degrees as radians.
    fn radians(self) -> Lift<ModeOf<Self>, OfFloat<Self, f64>>
    where
        Base<Self>: Float,
    {
        call(&["radians(", ")"], [self.into_node()])
    }

    /// `sin(self)`: the sine of an angle in radians.
    fn sin(self) -> Lift<ModeOf<Self>, OfFloat<Self, f64>>
    where
        Base<Self>: Float,
    {
        call(&["sin(", ")"], [self.into_node()])
    }

    /// `cos(self)`: the cosine of an angle in radians.
    fn cos(self) -> Lift<ModeOf<Self>, OfFloat<Self, f64>>
    where
        Base<Self>: Float,
    {
        call(&["cos(", ")"], [self.into_node()])
    }

    /// `tan(self)`: the tangent of an angle in radians.
    fn tan(self) -> Lift<ModeOf<Self>, OfFloat<Self, f64>>
    where
        Base<Self>: Float,
    {
        call(&["tan(", ")"], [self.into_node()])
    }

    /// `cot(self)`: the cotangent of an angle in radians.
    fn cot(self) -> Lift<ModeOf<Self>, OfFloat<Self, f64>>
    where
        Base<Self>: Float,
    {
        call(&["cot(", ")"], [self.into_node()])
    }

    /// `asin(self)`: the arc sine, in radians; of what is not between -1 and 1 the server's error 22003.
    fn asin(self) -> Lift<ModeOf<Self>, OfFloat<Self, f64>>
    where
        Base<Self>: Float,
    {
        call(&["asin(", ")"], [self.into_node()])
    }

    /// `acos(self)`: the arc cosine, in radians; of what is not between -1 and 1 the server's error 22003.
    fn acos(self) -> Lift<ModeOf<Self>, OfFloat<Self, f64>>
    where
        Base<Self>: Float,
    {
        call(&["acos(", ")"], [self.into_node()])
    }

    /// `atan(self)`: the arc tangent, in radians.
    fn atan(self) -> Lift<ModeOf<Self>, OfFloat<Self, f64>>
    where
        Base<Self>: Float,
    {
        call(&["atan(", ")"], [self.into_node()])
    }

    /// `atan2(self, x)`: the angle of the point with this as y, in radians.
    fn atan2<X: Operand<f64>>(self, x: X) -> Lift<With<Self, X, f64>, OfFloat<Self, f64>>
    where
        Base<Self>: Float,
    {
        call(&["atan2(", ", ", ")"], [self.into_node(), x.into_operand()])
    }

    /// `sind(self)`: the sine of an angle in degrees, exact where it is.
    fn sind(self) -> Lift<ModeOf<Self>, OfFloat<Self, f64>>
    where
        Base<Self>: Float,
    {
        call(&["sind(", ")"], [self.into_node()])
    }

    /// `cosd(self)`: the cosine of an angle in degrees, exact where it is.
    fn cosd(self) -> Lift<ModeOf<Self>, OfFloat<Self, f64>>
    where
        Base<Self>: Float,
    {
        call(&["cosd(", ")"], [self.into_node()])
    }

    /// `tand(self)`: the tangent of an angle in degrees, exact where it is.
    fn tand(self) -> Lift<ModeOf<Self>, OfFloat<Self, f64>>
    where
        Base<Self>: Float,
    {
        call(&["tand(", ")"], [self.into_node()])
    }

    /// `sinh(self)`: the hyperbolic sine.
    fn sinh(self) -> Lift<ModeOf<Self>, OfFloat<Self, f64>>
    where
        Base<Self>: Float,
    {
        call(&["sinh(", ")"], [self.into_node()])
    }

    /// `cosh(self)`: the hyperbolic cosine.
    fn cosh(self) -> Lift<ModeOf<Self>, OfFloat<Self, f64>>
    where
        Base<Self>: Float,
    {
        call(&["cosh(", ")"], [self.into_node()])
    }

    /// `tanh(self)`: the hyperbolic tangent.
    fn tanh(self) -> Lift<ModeOf<Self>, OfFloat<Self, f64>>
    where
        Base<Self>: Float,
    {
        call(&["tanh(", ")"], [self.into_node()])
    }
}

impl<E: Expression> FloatFunctions for E {}

/// `pi()`
pub fn pi() -> Expr<f64> {
    call(&["pi()"], [])
}

/// `random()`: another number for each row, from 0 up to but not including 1.
/// `.order_by(|u| random().asc())` is an order by chance.
pub fn random() -> Expr<f64> {
    call(&["random()"], [])
}

//! Casts: `value::type`.

use std::sync::Arc;

use super::{Base, Expr, Expression, Lift, Null};
use crate::sql::Node;
use crate::types::{DbType, NotNull};

/// Casts that PostgreSQL has.
#[diagnostic::on_unimplemented(message = "PostgreSQL cannot cast a `{Self}` to a `{T}`", label = "no such cast")]
pub trait CastTo<T> {}

macro_rules! casts {
    ($($from:ty => $($to:ty),+;)*) => { $($(
        impl CastTo<$to> for $from {}
    )+)* };
}

casts! {
    i16 => i16, i32, i64, f32, f64, String;
    i32 => i16, i32, i64, f32, f64, String, bool;
    i64 => i16, i32, i64, f32, f64, String;
    f32 => i16, i32, i64, f32, f64, String;
    f64 => i16, i32, i64, f32, f64, String;
    bool => i32, String;
    String => i16, i32, i64, f32, f64, bool, String;
}

/// `.cast::<T>()`
pub trait Cast: Expression {
    /// `self::type`. NULL stays NULL. A value that the type cannot hold is the server's error (22003, 22P02).
    fn cast<T: DbType<Base = T, Null = NotNull>>(self) -> Lift<Null<Self>, T>
    where
        Base<Self>: CastTo<T>,
    {
        Expr::new(Node::Cast(Arc::new(self.into_node()), T::TYPE))
    }
}

impl<E: Expression> Cast for E {}

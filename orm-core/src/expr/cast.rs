//! Casts: `value::type`.

use super::{Base, Expr, Expression, Lift, ModeOf};
use crate::sql::Node;
use crate::types::{DbType, NotNull};

/// Casts that PostgreSQL has. The derives add those of an enum to text and back, and of a newtype to what it wraps and
/// back.
#[diagnostic::on_unimplemented(
    message = "PostgreSQL cannot cast `{Self}` to `{T}`",
    label = "no such cast",
    note = "inside of jsonb a number, text or `bool` is read by `.json_as::<…>()`, and a document by `.cast::<orm::Json<…>>()`"
)]
pub trait CastTo<T> {}

/// `T`, for what can be cast to it: so the error of a cast that PostgreSQL does not have is one of the method's result, and
/// short.
#[doc(hidden)]
pub trait CastResult<T> {
    type To: DbType;
}

impl<B: CastTo<T>, T: DbType> CastResult<T> for B {
    type To = T;
}

macro_rules! casts {
    ($($from:ty => $($to:ty),+;)*) => { $($(
        #[diagnostic::do_not_recommend]
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

#[cfg(feature = "decimal")]
casts! {
    i16 => rust_decimal::Decimal;
    i32 => rust_decimal::Decimal;
    i64 => rust_decimal::Decimal;
    f32 => rust_decimal::Decimal;
    f64 => rust_decimal::Decimal;
    String => rust_decimal::Decimal;
    rust_decimal::Decimal => i16, i32, i64, f32, f64, String, rust_decimal::Decimal;
}

#[cfg(feature = "uuid")]
casts! {
    uuid::Uuid => String;
    String => uuid::Uuid;
}

#[cfg(feature = "json")]
casts! {
    serde_json::Value => String, serde_json::Value;
    String => serde_json::Value;
}

/// A document is read as a type of its own, and the other way round: both are jsonb.
#[cfg(feature = "json")]
mod documents {
    use super::CastTo;
    use crate::types::{DbType, Json};

    #[diagnostic::do_not_recommend]
    impl<T> CastTo<Json<T>> for serde_json::Value where Json<T>: DbType {}
    #[diagnostic::do_not_recommend]
    impl<T> CastTo<serde_json::Value> for Json<T> where Json<T>: DbType {}
    #[diagnostic::do_not_recommend]
    impl<T, U> CastTo<Json<U>> for Json<T>
    where
        Json<T>: DbType,
        Json<U>: DbType,
    {
    }
    #[diagnostic::do_not_recommend]
    impl<T> CastTo<String> for Json<T> where Json<T>: DbType {}
    #[diagnostic::do_not_recommend]
    impl<T> CastTo<Json<T>> for String where Json<T>: DbType {}
}

/// Casts between the date and time types of one crate; an instant becomes local in the session's time zone.
#[cfg(any(feature = "chrono", feature = "time", feature = "jiff"))]
macro_rules! time_casts {
    ($instant:ty, $local:ty, $date:ty, $time:ty) => {
        casts! {
            $instant => $local, $date, $time, String;
            $local => $instant, $date, $time, String;
            $date => $instant, $local, String;
            $time => String;
            String => $instant, $local, $date, $time;
        }
    };
}
#[cfg(feature = "chrono")]
time_casts!(
    chrono::DateTime<chrono::Utc>,
    chrono::NaiveDateTime,
    chrono::NaiveDate,
    chrono::NaiveTime
);
#[cfg(feature = "time")]
time_casts!(time::OffsetDateTime, time::PrimitiveDateTime, time::Date, time::Time);
#[cfg(feature = "jiff")]
time_casts!(
    jiff::Timestamp,
    jiff::civil::DateTime,
    jiff::civil::Date,
    jiff::civil::Time
);

/// `.cast::<T>()`
pub trait Cast: Expression {
    /// `self::type`. NULL stays NULL. A value that the type cannot hold is the server's error (22003, 22P02).
    ///
    /// Of jsonb: `.cast::<Json<Vec<String>>>()` and `.cast::<serde_json::Value>()` say only how the document is read (an error
    /// of [`ErrorKind::Decode`](crate::ErrorKind::Decode) where it is none of these); a scalar in it is
    /// [`json_as`](super::JsonFunctions::json_as).
    fn cast<T: DbType<Base = T, Null = NotNull>>(self) -> Lift<ModeOf<Self>, <Base<Self> as CastResult<T>>::To>
    where
        Base<Self>: CastTo<T>,
    {
        Expr::new(Node::cast(self.into_node(), T::TYPE))
    }
}

impl<E: Expression> Cast for E {}

//! Numbers and times as text, and numbers from text (*Data Type Formatting Functions*).

use super::{literal, text};
use crate::expr::{Base, Expression, Lift, Operand, With, call};
use crate::types::{DbType, Interval};

/// A type that `to_char` formats.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no format",
    label = "expected a number, a date, a timestamp or an interval"
)]
pub trait Formatted: DbType {
    /// As for [`Text`](super::Text).
    #[doc(hidden)]
    type Gives<T: DbType>: DbType;
}

macro_rules! formatted {
    ($($type:ty),*) => { $(
        #[diagnostic::do_not_recommend]
        impl Formatted for $type {
            type Gives<T: DbType> = T;
        }
    )* };
}
formatted!(i32, i64, f32, f64, Interval);
#[cfg(feature = "decimal")]
formatted!(rust_decimal::Decimal);
#[cfg(feature = "chrono")]
formatted!(chrono::DateTime<chrono::Utc>, chrono::NaiveDateTime, chrono::NaiveDate);
#[cfg(feature = "time")]
formatted!(time::OffsetDateTime, time::PrimitiveDateTime, time::Date);
#[cfg(feature = "jiff")]
formatted!(jiff::Timestamp, jiff::civil::DateTime, jiff::civil::Date);

/// `to_char` and `to_number`.
pub trait FormatFunctions: Expression {
    /// `to_char(self, format)`: numbers by patterns such as `FM999G990D00`, times by ones such as `YYYY-MM-DD HH24:MI`. An
    /// instant is shown in the session's time zone: see [`at_time_zone`](crate::TimeFunctions::at_time_zone).
    ///
    /// An empty format gives an empty text (PostgreSQL gives NULL for times, also where the format is an empty column).
    fn to_char<F: Operand<String>>(
        self,
        format: F,
    ) -> Lift<With<Self, F, String>, <Base<Self> as Formatted>::Gives<String>>
    where
        Base<Self>: Formatted,
    {
        let mut format = format.into_operand();
        if literal(&format) == Some("") {
            // A quoted part that is empty.
            format = text("\"\"");
        }
        call(&["to_char(", ", ", ")"], [self.into_node(), format])
    }

    /// `to_number(self, format)`: the number that a text shows by a pattern such as `999G990D00`. NULL of an empty format; a
    /// text that is no number is the server's error 22P02.
    #[cfg(feature = "decimal")]
    fn to_number<F: Operand<String>>(
        self,
        format: F,
    ) -> Lift<crate::expr::phase::Perhaps<With<Self, F, String>>, super::Gives<Self, rust_decimal::Decimal>>
    where
        Base<Self>: super::Text,
    {
        call(&["to_number(", ", ", ")"], [self.into_node(), format.into_operand()])
    }
}

impl<E: Expression> FormatFunctions for E {}

//! `generate_series` (*Set Returning Functions*).

use super::TableFunction;
use crate::expr::{IntoExpr, Mode, OfOneRow, Operand};
use crate::query::InScope;
use crate::types::{DbType, NotNull};

/// A type of which there are series with a step of your choice: integers, `Decimal` and timestamps.
#[diagnostic::on_unimplemented(
    message = "there is no series of `{Self}`",
    label = "expected `i32`, `i64`, `Decimal` or a timestamp"
)]
pub trait SteppedSeries: DbType<Base = Self, Null = NotNull> + InScope {
    /// The type of the step: the same, and [`Interval`](crate::Interval) for timestamps.
    type Step;
}

/// A type of which there are series with the step 1: integers and `Decimal`.
#[diagnostic::on_unimplemented(
    message = "there is no series of `{Self}` with the step 1",
    label = "expected `i32`, `i64` or `Decimal`",
    note = "say the step of a series of timestamps: `generate_series_step(start, stop, Interval::days(1))`"
)]
pub trait Series: SteppedSeries {}

macro_rules! series {
    ($($type:ty),*) => { $(
        #[diagnostic::do_not_recommend]
        impl SteppedSeries for $type {
            type Step = $type;
        }
        #[diagnostic::do_not_recommend]
        impl Series for $type {}
    )* };
}
series!(i32, i64);
#[cfg(feature = "decimal")]
series!(rust_decimal::Decimal);

#[cfg(any(feature = "chrono", feature = "time", feature = "jiff"))]
macro_rules! series_of_times {
    ($($type:ty),*) => { $(
        #[diagnostic::do_not_recommend]
        impl SteppedSeries for $type {
            type Step = crate::types::Interval;
        }
    )* };
}
#[cfg(feature = "chrono")]
series_of_times!(chrono::DateTime<chrono::Utc>, chrono::NaiveDateTime);
#[cfg(feature = "time")]
series_of_times!(time::OffsetDateTime, time::PrimitiveDateTime);
#[cfg(feature = "jiff")]
series_of_times!(jiff::Timestamp, jiff::civil::DateTime);

type Of<S> = <<S as IntoExpr>::Type as DbType>::Base;

/// `generate_series(start, stop)`: the numbers from `start` to `stop`, both included; none if `stop` is less or either is
/// NULL. A literal says its type: `generate_series(1_i64, 10)`.
pub fn generate_series<S, E>(start: S, stop: E) -> TableFunction<Of<S>>
where
    S: IntoExpr,
    Of<S>: Series,
    E: Operand<Of<S>>,
    S::Phase: OfOneRow,
    <E::Mode as Mode>::Phase: OfOneRow,
{
    TableFunction::built_in("generate_series", [start.into_expr().node, stop.into_operand()])
}

/// `generate_series(start, stop, step)`: `start`, `start + step` … as long as `stop` is not passed; none if any is NULL. Of
/// timestamps the step is an [`Interval`](crate::Interval), and the start is `value(start)`. A step of zero is the server's error 22023.
///
/// Days of a `timestamptz` are counted in the session's time zone.
pub fn generate_series_step<S, E, D>(start: S, stop: E, step: D) -> TableFunction<Of<S>>
where
    S: IntoExpr,
    Of<S>: SteppedSeries,
    E: Operand<Of<S>>,
    D: Operand<<Of<S> as SteppedSeries>::Step>,
    S::Phase: OfOneRow,
    <E::Mode as Mode>::Phase: OfOneRow,
    <D::Mode as Mode>::Phase: OfOneRow,
{
    let args = [start.into_expr().node, stop.into_operand(), step.into_operand()];
    TableFunction::built_in("generate_series", args)
}

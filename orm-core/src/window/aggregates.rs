//! Aggregates as window functions: of the rows of the frame. They take and give what a group's aggregates do, and are NULL
//! of a frame without values, but for the counts. PostgreSQL has neither `DISTINCT` nor an order of arguments here, nor
//! ordered-set aggregates.

use super::{OfFrame, WindowFunction};
use crate::expr::{Base, Condition, Expression, InWindow, Mode, Number, Operand};
use crate::query::{Bits, Joined, MinMax, Statistical, Summable};
use crate::types::Element;

type OfRows<T> = WindowFunction<T, OfFrame>;

fn of<E: Expression, T>(function: &'static str, value: E) -> OfRows<T> {
    WindowFunction::new(function, vec![value.into_node()])
}

/// `count(*)`: how many rows the frame has.
pub fn count_all() -> OfRows<i64> {
    let mut function: OfRows<i64> = WindowFunction::new("count", Vec::new());
    function.call.of_rows = true;
    function
}

/// `count(value)`: how many values of the frame are not NULL.
pub fn count<E: Expression<Phase: InWindow>>(value: E) -> OfRows<i64> {
    of("count", value)
}

/// `sum(value)`: `i64` of smaller integers, `Decimal` of `i64`, else the type itself.
pub fn sum<E: Expression<Phase: InWindow>>(value: E) -> OfRows<<Base<E> as Summable>::Sum>
where
    Base<E>: Summable,
{
    of("sum", value)
}

/// `avg(value)`: `f64` of floats, else `Decimal`.
pub fn avg<E: Expression<Phase: InWindow>>(value: E) -> OfRows<<Base<E> as Summable>::Average>
where
    Base<E>: Summable,
{
    of("avg", value)
}

/// `min(value)`: the smallest value.
pub fn min<E: Expression<Phase: InWindow>>(value: E) -> OfRows<<Base<E> as MinMax>::Gives>
where
    Base<E>: MinMax,
{
    of("min", value)
}

/// `max(value)`: the greatest value.
pub fn max<E: Expression<Phase: InWindow>>(value: E) -> OfRows<<Base<E> as MinMax>::Gives>
where
    Base<E>: MinMax,
{
    of("max", value)
}

/// `bool_and(condition)`: whether it holds for all rows for which it is not NULL.
pub fn bool_and<C: Condition<Phase: InWindow>>(condition: C) -> OfRows<Option<bool>> {
    WindowFunction::new("bool_and", vec![condition.into_condition()])
}

/// `bool_or(condition)`: whether it holds for a row.
pub fn bool_or<C: Condition<Phase: InWindow>>(condition: C) -> OfRows<Option<bool>> {
    WindowFunction::new("bool_or", vec![condition.into_condition()])
}

/// `bit_and(value)`: the bits that all values have.
pub fn bit_and<E: Expression<Phase: InWindow>>(value: E) -> OfRows<<Base<E> as Bits>::Gives>
where
    Base<E>: Bits,
{
    of("bit_and", value)
}

/// `bit_or(value)`: the bits that some value has.
pub fn bit_or<E: Expression<Phase: InWindow>>(value: E) -> OfRows<<Base<E> as Bits>::Gives>
where
    Base<E>: Bits,
{
    of("bit_or", value)
}

/// `bit_xor(value)`: the bits that an odd number of values has. PostgreSQL 14 or newer.
pub fn bit_xor<E: Expression<Phase: InWindow>>(value: E) -> OfRows<<Base<E> as Bits>::Gives>
where
    Base<E>: Bits,
{
    of("bit_xor", value)
}

/// `array_agg(value)`: all values in the window's order, also those that are NULL: a `Vec<T>`, or of nullable values a
/// `Vec<Option<T>>`.
pub fn array_agg<E: Expression<Phase: InWindow, Type: Element>>(value: E) -> OfRows<Option<Vec<E::Type>>> {
    of("array_agg", value)
}

/// `string_agg(value, separator)`: the texts (or bytes) that are not NULL in the window's order, with something between them.
pub fn string_agg<E: Expression<Phase: InWindow>, S: Operand<Base<E>, Mode: Mode<Phase: InWindow>>>(
    value: E,
    separator: S,
) -> OfRows<<Base<E> as Joined>::Gives>
where
    Base<E>: Joined,
{
    WindowFunction::new("string_agg", vec![value.into_node(), separator.into_operand()])
}

/// `jsonb_agg(value)`: a JSON array of all values in the window's order, NULL as `null`.
#[cfg(feature = "json")]
pub fn jsonb_agg<E: Expression<Phase: InWindow>>(value: E) -> OfRows<Option<serde_json::Value>> {
    of("jsonb_agg", value)
}

/// `jsonb_object_agg(key, value)`: a JSON object; of several values with one key it keeps the last one.
#[cfg(feature = "json")]
pub fn jsonb_object_agg<N, E>(key: N, value: E) -> OfRows<Option<serde_json::Value>>
where
    N: Expression<Phase: InWindow, Type: crate::query::ObjectKey>,
    E: Expression<Phase: InWindow>,
{
    pair("jsonb_object_agg", key, value)
}

/// `var_samp(value)`: the variance of a sample: the square of its standard deviation. NULL of less than two values. `f64` of floats, else `Decimal`.
pub fn var_samp<E: Expression<Phase: InWindow>>(value: E) -> OfRows<<Base<E> as Statistical>::Gives>
where
    Base<E>: Statistical,
{
    of("var_samp", value)
}

/// `var_pop(value)`: the variance of a whole population; NULL of no values. `f64` of floats, else `Decimal`.
pub fn var_pop<E: Expression<Phase: InWindow>>(value: E) -> OfRows<<Base<E> as Statistical>::Gives>
where
    Base<E>: Statistical,
{
    of("var_pop", value)
}

/// `stddev_samp(value)`: the standard deviation of a sample; NULL of less than two values. `f64` of floats, else `Decimal`.
pub fn stddev_samp<E: Expression<Phase: InWindow>>(value: E) -> OfRows<<Base<E> as Statistical>::Gives>
where
    Base<E>: Statistical,
{
    of("stddev_samp", value)
}

/// `stddev_pop(value)`: the standard deviation of a whole population; NULL of no values. `f64` of floats, else `Decimal`.
pub fn stddev_pop<E: Expression<Phase: InWindow>>(value: E) -> OfRows<<Base<E> as Statistical>::Gives>
where
    Base<E>: Statistical,
{
    of("stddev_pop", value)
}

fn pair<Y: Expression, X: Expression, T>(function: &'static str, y: Y, x: X) -> OfRows<T> {
    WindowFunction::new(function, vec![y.into_node(), x.into_node()])
}

macro_rules! of_two {
    ($($(#[$doc:meta])* $name:ident -> $gives:ty;)*) => { $(
        $(#[$doc])*
        pub fn $name<Y, X>(y: Y, x: X) -> OfRows<$gives>
        where
            Y: Expression<Phase: InWindow>,
            X: Expression<Phase: InWindow>,
            Base<Y>: Number,
            Base<X>: Number,
        {
            pair(stringify!($name), y, x)
        }
    )* };
}

of_two! {
    /// `corr(y, x)`: the coefficient of correlation. NULL of no pairs. Of the pairs of which neither is NULL.
    corr -> Option<f64>;
    /// `covar_pop(y, x)`: the covariance of a whole population. NULL of no pairs. Of the pairs of which neither is NULL.
    covar_pop -> Option<f64>;
    /// `covar_samp(y, x)`: the covariance of a sample; NULL of less than two pairs. Of the pairs of which neither is NULL.
    covar_samp -> Option<f64>;
    /// `regr_avgx(y, x)`: the average of the independent values: `sum(x) / n`. NULL of no pairs. Of the pairs of which neither is NULL.
    regr_avgx -> Option<f64>;
    /// `regr_avgy(y, x)`: the average of the dependent values: `sum(y) / n`. NULL of no pairs. Of the pairs of which neither is NULL.
    regr_avgy -> Option<f64>;
    /// `regr_intercept(y, x)`: the y-intercept of the least-squares line. NULL of no pairs. Of the pairs of which neither is NULL.
    regr_intercept -> Option<f64>;
    /// `regr_r2(y, x)`: the square of the coefficient of correlation. NULL of no pairs. Of the pairs of which neither is NULL.
    regr_r2 -> Option<f64>;
    /// `regr_slope(y, x)`: the slope of the least-squares line. NULL of no pairs. Of the pairs of which neither is NULL.
    regr_slope -> Option<f64>;
    /// `regr_sxx(y, x)`: the sum of squares of the independent values: `sum(x²) - sum(x)² / n`. NULL of no pairs. Of the pairs of which neither is NULL.
    regr_sxx -> Option<f64>;
    /// `regr_sxy(y, x)`: the sum of products: `sum(x·y) - sum(x)·sum(y) / n`. NULL of no pairs. Of the pairs of which neither is NULL.
    regr_sxy -> Option<f64>;
    /// `regr_syy(y, x)`: the sum of squares of the dependent values: `sum(y²) - sum(y)² / n`. NULL of no pairs. Of the pairs of which neither is NULL.
    regr_syy -> Option<f64>;
    /// `regr_count(y, x)`: how many pairs there are of which neither is NULL.
    regr_count -> i64;
}

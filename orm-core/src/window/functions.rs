//! Functions that only windows have (*Window Functions*).

use super::WindowFunction;
use crate::driver::Param;
use crate::expr::{Base, Expression, InWindow, Mode, Operand, With};
use crate::sql::Node;
use crate::types::Nullness;

fn count_node(count: i32) -> Node {
    Node::param(Param::new(&count))
}

/// `row_number()`: the number of the row in its partition, from 1.
pub fn row_number() -> WindowFunction<i64> {
    WindowFunction::new("row_number", Vec::new())
}

/// `rank()`: the number of the row, where peers share the lowest one: 1, 2, 2, 4.
pub fn rank() -> WindowFunction<i64> {
    WindowFunction::new("rank", Vec::new())
}

/// `dense_rank()`: the number of the row's group of peers: 1, 2, 2, 3.
pub fn dense_rank() -> WindowFunction<i64> {
    WindowFunction::new("dense_rank", Vec::new())
}

/// `percent_rank()`: the rank from 0 to 1: `(rank - 1) / (rows - 1)`.
pub fn percent_rank() -> WindowFunction<f64> {
    WindowFunction::new("percent_rank", Vec::new())
}

/// `cume_dist()`: the part of the rows that come before the row or are its peers: up to 1.
pub fn cume_dist() -> WindowFunction<f64> {
    WindowFunction::new("cume_dist", Vec::new())
}

/// `ntile(buckets)`: which of so many buckets of almost equal size the row is in, from 1. Less than one bucket is the
/// server's error 22014.
pub fn ntile(buckets: i32) -> WindowFunction<i32> {
    WindowFunction::new("ntile", vec![count_node(buckets)])
}

/// `lag(value)`: the value of the row before this one in the partition; NULL if there is none.
pub fn lag<E: Expression<Phase: InWindow>>(value: E) -> WindowFunction<Option<Base<E>>> {
    WindowFunction::new("lag", vec![value.into_node()])
}

/// `lag(value, offset)`: the value so many rows before this one in the partition; NULL if there is none.
pub fn lag_by<E: Expression<Phase: InWindow>>(value: E, offset: i32) -> WindowFunction<Option<Base<E>>> {
    WindowFunction::new("lag", vec![value.into_node(), count_node(offset)])
}

/// The type with a default: NULL only if one of both may be.
type OrDefault<E, D> = <<With<E, D, Base<E>> as Mode>::Null as Nullness>::Of<Base<E>>;

/// `lag(value, offset, default)`: the value so many rows before this one in the partition, and the default if there is no
/// such row.
pub fn lag_or<E: Expression<Phase: InWindow>, D: Operand<Base<E>, Mode: Mode<Phase: InWindow>>>(
    value: E,
    offset: i32,
    default: D,
) -> WindowFunction<OrDefault<E, D>> {
    let args = vec![value.into_node(), count_node(offset), default.into_operand()];
    WindowFunction::new("lag", args)
}

/// `lead(value)`: the value of the row behind this one in the partition; NULL if there is none.
pub fn lead<E: Expression<Phase: InWindow>>(value: E) -> WindowFunction<Option<Base<E>>> {
    WindowFunction::new("lead", vec![value.into_node()])
}

/// `lead(value, offset)`: the value so many rows behind this one in the partition; NULL if there is none.
pub fn lead_by<E: Expression<Phase: InWindow>>(value: E, offset: i32) -> WindowFunction<Option<Base<E>>> {
    WindowFunction::new("lead", vec![value.into_node(), count_node(offset)])
}

/// `lead(value, offset, default)`: the value so many rows behind this one in the partition, and the default if there is no
/// such row.
pub fn lead_or<E: Expression<Phase: InWindow>, D: Operand<Base<E>, Mode: Mode<Phase: InWindow>>>(
    value: E,
    offset: i32,
    default: D,
) -> WindowFunction<OrDefault<E, D>> {
    let args = vec![value.into_node(), count_node(offset), default.into_operand()];
    WindowFunction::new("lead", args)
}

/// `first_value(value)`: the value of the frame's first row. NULL if the frame has no rows, as one of
/// [`rows`](super::Window::rows) may.
pub fn first_value<E: Expression<Phase: InWindow>>(value: E) -> WindowFunction<Option<Base<E>>> {
    WindowFunction::new("first_value", vec![value.into_node()])
}

/// `last_value(value)`: the value of the frame's last row: without a frame that is the current row, or a peer of it; of the
/// whole partition it is `.rows(..)`'s. NULL if the frame has no rows.
pub fn last_value<E: Expression<Phase: InWindow>>(value: E) -> WindowFunction<Option<Base<E>>> {
    WindowFunction::new("last_value", vec![value.into_node()])
}

/// `nth_value(value, n)`: the value of the frame's nth row, from 1; NULL if it has no such row. Less than 1 is the server's
/// error 22016.
pub fn nth_value<E: Expression<Phase: InWindow>>(value: E, n: i32) -> WindowFunction<Option<Base<E>>> {
    WindowFunction::new("nth_value", vec![value.into_node(), count_node(n)])
}

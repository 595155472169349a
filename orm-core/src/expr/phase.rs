//! Phases: when PostgreSQL computes an expression, and so in which clauses it can stand.
//!
//! Rows are filtered first, then gathered in groups, then windows look at what is left. An expression is of the latest
//! phase of its parts.

use std::marker::PhantomData;

use crate::types::{NotNull, Nullable, Nullness};

/// Computed from one row: columns, values, and what operators make of them. Stands anywhere.
#[derive(Debug, Clone, Copy)]
pub struct PerRow;

/// Computed from a group of rows: `count(*)`, `max(age)`. Stands in a group's `select`, `having` and `order_by`.
#[derive(Debug, Clone, Copy)]
pub struct Aggregate;

/// Computed by a window function, from the rows beside it. Stands in `select` and `order_by`.
#[derive(Debug, Clone, Copy)]
pub struct Windowed;

/// [`PerRow`], [`Aggregate`] or [`Windowed`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a phase",
    label = "expected `PerRow`, `Aggregate` or `Windowed`"
)]
pub trait Phase: Copy + Send + Sync + 'static {
    /// The later of the two.
    type Or<P: Phase>: Phase;
    /// The later of this and [`Aggregate`].
    #[doc(hidden)]
    type OrAggregate: Phase;
}

#[diagnostic::do_not_recommend]
impl Phase for PerRow {
    type Or<P: Phase> = P;
    type OrAggregate = Aggregate;
}

#[diagnostic::do_not_recommend]
impl Phase for Aggregate {
    type Or<P: Phase> = P::OrAggregate;
    type OrAggregate = Aggregate;
}

#[diagnostic::do_not_recommend]
impl Phase for Windowed {
    type Or<P: Phase> = Windowed;
    type OrAggregate = Windowed;
}

/// A phase that can stand in `filter`: [`PerRow`].
#[diagnostic::on_unimplemented(
    message = "a condition of the phase `{Self}` cannot stand in `filter`",
    label = "an aggregate or window function is part of this condition",
    note = "`filter` comes before groups and windows: conditions over a group go to `.having(…)`, and a window's result \
            is filtered after it was selected in a derived table, by `.subquery()`"
)]
pub trait InFilter: Phase {}

#[diagnostic::do_not_recommend]
impl InFilter for PerRow {}

/// A phase that can stand in `having`: [`PerRow`] and [`Aggregate`].
#[diagnostic::on_unimplemented(
    message = "a condition of the phase `{Self}` cannot stand in `having`",
    label = "a window function is part of this condition",
    note = "`having` comes before windows: a window's result is filtered after it was selected in a derived table, by \
            `.subquery()`"
)]
pub trait InHaving: Phase {}

#[diagnostic::do_not_recommend]
impl InHaving for PerRow {}
#[diagnostic::do_not_recommend]
impl InHaving for Aggregate {}

/// A phase that an aggregate can be of: [`PerRow`].
#[diagnostic::on_unimplemented(
    message = "an expression of the phase `{Self}` cannot stand inside of an aggregate",
    label = "an aggregate or window function is part of this",
    note = "an aggregate of aggregates is one of a derived table: select the inner one first, by `.subquery()`"
)]
pub trait InAggregate: Phase {}

#[diagnostic::do_not_recommend]
impl InAggregate for PerRow {}

/// A phase that can stand inside of a window function: [`PerRow`] and [`Aggregate`].
#[diagnostic::on_unimplemented(
    message = "an expression of the phase `{Self}` cannot stand inside of a window function",
    label = "a window function is part of this",
    note = "all windows look at the same rows: select the inner one in a derived table first, by `.subquery()`"
)]
pub trait InWindow: Phase {}

#[diagnostic::do_not_recommend]
impl InWindow for PerRow {}
#[diagnostic::do_not_recommend]
impl InWindow for Aggregate {}

/// A phase that a query without groups can select and order by: [`PerRow`] and [`Windowed`].
#[diagnostic::on_unimplemented(
    message = "an expression of the phase `{Self}` cannot stand in `select` and `order_by` of a query without groups",
    label = "an aggregate is part of this",
    note = "aggregates of the whole query go to `.aggregate(…)`, those of its groups to what follows `.group_by(…)`"
)]
pub trait InSelect: Phase {}

#[diagnostic::do_not_recommend]
impl InSelect for PerRow {}
#[diagnostic::do_not_recommend]
impl InSelect for Windowed {}

/// A phase that can stand where rows are taken one by one, as in `returning`, `distinct_on` and what a column is set to: [`PerRow`].
#[diagnostic::on_unimplemented(
    message = "an expression of the phase `{Self}` cannot stand where each row is taken by itself",
    label = "an aggregate or window function is part of this",
    note = "`returning` and `distinct_on` take columns, values, and what operators and functions make of one row"
)]
pub trait OfOneRow: Phase {}

#[diagnostic::do_not_recommend]
impl OfOneRow for PerRow {}

/// What an expression is besides its type: whether it may be NULL, and its phase.
pub trait Mode {
    /// Whether it may be NULL.
    type Null: Nullness;
    /// When it is computed.
    type Phase: Phase;
    /// Nullable if either is, of the later phase.
    type Or<M: Mode>: Mode;
    /// Nullable if both are, of the later phase.
    type And<M: Mode>: Mode;
}

/// The [`Mode`] of the nullness `N` and the phase `P`.
#[derive(Debug, Clone, Copy)]
pub struct Is<N = NotNull, P = PerRow>(PhantomData<fn() -> (N, P)>);

impl<N: Nullness, P: Phase> Mode for Is<N, P> {
    type Null = N;
    type Phase = P;
    type Or<M: Mode> = Is<N::Or<M::Null>, P::Or<M::Phase>>;
    type And<M: Mode> = Is<N::And<M::Null>, P::Or<M::Phase>>;
}

/// A mode's phase, and perhaps NULL.
pub(crate) type Perhaps<M> = Is<Nullable, <M as Mode>::Phase>;

/// The latest of some phases.
macro_rules! latest {
    ($only:ty) => { $only };
    ($first:ty, $($rest:ty),+) => {
        <$first as $crate::expr::Phase>::Or<$crate::expr::phase::latest!($($rest),+)>
    };
}
pub(crate) use latest;

/// The mode of several operands: nullable if one is, of the latest phase. After `@null` only the nullness of types.
macro_rules! either {
    (@null $only:ty) => { <$only as $crate::types::DbType>::Null };
    (@null $first:ty, $($rest:ty),+) => {
        <<$first as $crate::types::DbType>::Null as $crate::types::Nullness>::Or<$crate::expr::phase::either!(@null $($rest),+)>
    };
    ($only:ty) => { $only };
    ($first:ty, $($rest:ty),+) => {
        <$first as $crate::expr::Mode>::Or<$crate::expr::phase::either!($($rest),+)>
    };
}
pub(crate) use either;

#[cfg(test)]
mod function_tests;
#[cfg(test)]
mod tests;

//! Aggregate functions of a group (*Aggregate Functions*): one file per family. The types that they take and give are in
//! `types`, and shared with the window functions of the same names.
//!
//! All but the counts are NULL where there is no value that is not NULL, so they are `Option`s. NULLs themselves are left
//! out, but by `array_agg`, `jsonb_agg` and `jsonb_object_agg`.

mod gather;
mod ordered_set;
mod ranges;
mod statistics;
mod types;

pub use types::{Bits, Continuous, Joined, MinMax, ObjectKey, Statistical, Summable};

use super::group::{Group, TakesAll};
use super::{InScope, InScopeOf};
use crate::expr::{Aggregate, Base, Condition, Expr, Expression, InAggregate};

impl<R: InScope, K: Clone, V> Group<R, K, V> {
    fn call_on<E: Expression, T>(
        &self,
        function: &'static str,
        value: impl FnOnce(InScopeOf<R>) -> E,
    ) -> Expr<T, Aggregate> {
        self.aggregate_call(function, vec![value(self.scope).into_node()])
    }

    /// `count(*)`: how many rows the group has.
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn count(&self) -> Expr<i64, Aggregate> where V: TakesAll {
        self.aggregate_call("count", Vec::new())
    }

    /// `count(value)`: how many values are not NULL; with `distinct` how many different ones.
    pub fn count_of<E: Expression>(&self, value: impl FnOnce(InScopeOf<R>) -> E) -> Expr<i64, Aggregate>
    where
        E::Phase: InAggregate,
    {
        self.call_on("count", value)
    }

    /// `sum(value)`: `i64` of smaller integers, `Decimal` of `i64`, else the type itself; NULL of no rows.
    pub fn sum<E: Expression>(
        &self,
        value: impl FnOnce(InScopeOf<R>) -> E,
    ) -> Expr<<Base<E> as Summable>::Sum, Aggregate>
    where
        Base<E>: Summable,
        E::Phase: InAggregate,
    {
        self.call_on("sum", value)
    }

    /// `avg(value)`: `f64` of floats, else `Decimal`; NULL of no rows.
    pub fn avg<E: Expression>(
        &self,
        value: impl FnOnce(InScopeOf<R>) -> E,
    ) -> Expr<<Base<E> as Summable>::Average, Aggregate>
    where
        Base<E>: Summable,
        E::Phase: InAggregate,
    {
        self.call_on("avg", value)
    }

    /// `min(value)`: the smallest value; NULL of no rows.
    pub fn min<E: Expression>(
        &self,
        value: impl FnOnce(InScopeOf<R>) -> E,
    ) -> Expr<<Base<E> as MinMax>::Gives, Aggregate>
    where
        Base<E>: MinMax,
        E::Phase: InAggregate,
    {
        self.call_on("min", value)
    }

    /// `max(value)`: the greatest value; NULL of no rows.
    pub fn max<E: Expression>(
        &self,
        value: impl FnOnce(InScopeOf<R>) -> E,
    ) -> Expr<<Base<E> as MinMax>::Gives, Aggregate>
    where
        Base<E>: MinMax,
        E::Phase: InAggregate,
    {
        self.call_on("max", value)
    }

    /// `bool_and(condition)`, also called `every`: whether it holds for all rows for which it is not NULL; NULL if there is
    /// none.
    pub fn bool_and<C: Condition>(&self, condition: impl FnOnce(InScopeOf<R>) -> C) -> Expr<Option<bool>, Aggregate>
    where
        C::Phase: InAggregate,
    {
        self.aggregate_call("bool_and", vec![condition(self.scope).into_condition()])
    }

    /// `bool_or(condition)`: whether it holds for a row; NULL if it is NULL for all of them.
    pub fn bool_or<C: Condition>(&self, condition: impl FnOnce(InScopeOf<R>) -> C) -> Expr<Option<bool>, Aggregate>
    where
        C::Phase: InAggregate,
    {
        self.aggregate_call("bool_or", vec![condition(self.scope).into_condition()])
    }

    /// `bit_and(value)`: the bits that all values have; NULL of no rows.
    pub fn bit_and<E: Expression>(
        &self,
        value: impl FnOnce(InScopeOf<R>) -> E,
    ) -> Expr<<Base<E> as Bits>::Gives, Aggregate>
    where
        Base<E>: Bits,
        E::Phase: InAggregate,
    {
        self.call_on("bit_and", value)
    }

    /// `bit_or(value)`: the bits that some value has; NULL of no rows.
    pub fn bit_or<E: Expression>(
        &self,
        value: impl FnOnce(InScopeOf<R>) -> E,
    ) -> Expr<<Base<E> as Bits>::Gives, Aggregate>
    where
        Base<E>: Bits,
        E::Phase: InAggregate,
    {
        self.call_on("bit_or", value)
    }

    /// `bit_xor(value)`: the bits that an odd number of values has; NULL of no rows. PostgreSQL 14 or newer.
    pub fn bit_xor<E: Expression>(
        &self,
        value: impl FnOnce(InScopeOf<R>) -> E,
    ) -> Expr<<Base<E> as Bits>::Gives, Aggregate>
    where
        Base<E>: Bits,
        E::Phase: InAggregate,
    {
        self.call_on("bit_xor", value)
    }
}

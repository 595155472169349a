//! Aggregate functions of a group (*Aggregate Functions*).
//!
//! All but `count` are NULL where there is no value that is not NULL, so they are `Option`s.

use super::group::Group;
use super::{InScope, InScopeOf};
use crate::expr::{Aggregate, Base, Expr, Expression, OfOneRow};
use crate::sql::{Call, Node};
use crate::types::DbType;

/// A type whose values PostgreSQL adds up and averages.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be added up",
    label = "expected a number or an interval",
    note = "the sum of `i64` and all averages of integers are `numeric`, so they need the feature `decimal`; or use `.cast::<f64>()`"
)]
pub trait Summable: DbType {
    /// The type of `sum`: a wider one for integers.
    type Sum: DbType;
    /// The type of `avg`.
    type Average: DbType;
}

macro_rules! summable {
    ($($type:ty => $sum:ty, $average:ty;)*) => { $(
        #[diagnostic::do_not_recommend]
        impl Summable for $type {
            type Sum = Option<$sum>;
            type Average = Option<$average>;
        }
    )* };
}
summable! {
    f32 => f32, f64;
    f64 => f64, f64;
    crate::types::Interval => crate::types::Interval, crate::types::Interval;
}
#[cfg(feature = "decimal")]
summable! {
    i16 => i64, rust_decimal::Decimal;
    i32 => i64, rust_decimal::Decimal;
    i64 => rust_decimal::Decimal, rust_decimal::Decimal;
    rust_decimal::Decimal => rust_decimal::Decimal, rust_decimal::Decimal;
}

impl<R: InScope, K: Clone> Group<R, K> {
    pub(crate) fn call<T>(&self, function: &'static str, args: Vec<Node>) -> Expr<T, Aggregate> {
        Expr::new(Node::call(Call {
            function,
            args,
            distinct: self.distinct,
            order: self.order.clone(),
            filter: self.filters.clone(),
            ..Call::default()
        }))
    }

    /// An aggregate that the program declares.
    pub(crate) fn call_named<T>(
        &self,
        schema: Option<&'static str>,
        name: &'static str,
        args: Vec<Node>,
    ) -> Expr<T, Aggregate> {
        Expr::new(Node::call(Call {
            declared: Some((schema, name)),
            args,
            distinct: self.distinct,
            order: self.order.clone(),
            filter: self.filters.clone(),
            ..Call::default()
        }))
    }

    fn call_on<E: Expression, T>(
        &self,
        function: &'static str,
        value: impl FnOnce(InScopeOf<R>) -> E,
    ) -> Expr<T, Aggregate> {
        self.call(function, vec![value(self.scope).into_node()])
    }

    /// `count(*)`: how many rows the group has.
    pub fn count(&self) -> Expr<i64, Aggregate> {
        let mut plain = self.clone();
        plain.distinct = false;
        plain.order.clear();
        plain.call("count", Vec::new())
    }

    /// `count(value)`: how many values are not NULL; with `distinct` how many different ones.
    pub fn count_of<E: Expression>(&self, value: impl FnOnce(InScopeOf<R>) -> E) -> Expr<i64, Aggregate>
    where
        E::Phase: OfOneRow,
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
        E::Phase: OfOneRow,
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
        E::Phase: OfOneRow,
    {
        self.call_on("avg", value)
    }

    /// `min(value)`: the smallest value; NULL of no rows.
    pub fn min<E: Expression>(&self, value: impl FnOnce(InScopeOf<R>) -> E) -> Expr<Option<Base<E>>, Aggregate>
    where
        Option<Base<E>>: DbType,
        E::Phase: OfOneRow,
    {
        self.call_on("min", value)
    }

    /// `max(value)`: the greatest value; NULL of no rows.
    pub fn max<E: Expression>(&self, value: impl FnOnce(InScopeOf<R>) -> E) -> Expr<Option<Base<E>>, Aggregate>
    where
        Option<Base<E>>: DbType,
        E::Phase: OfOneRow,
    {
        self.call_on("max", value)
    }
}

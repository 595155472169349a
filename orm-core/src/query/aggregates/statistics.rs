//! Aggregates for statistics (*Aggregate Functions for Statistics*). Those of two values give them as a pair, the dependent
//! value *y* first, as PostgreSQL has them; every number is converted to `float8` for them.

use super::types::Statistical;
use crate::expr::{Aggregate, Base, Expr, Expression, InAggregate, Number};
use crate::query::{Group, InScope, InScopeOf};

macro_rules! of_one {
    ($($(#[$doc:meta])* $name:ident;)*) => {
        impl<R: InScope, K: Clone, V> Group<R, K, V> { $(
            $(#[$doc])*
            pub fn $name<E: Expression>(
                &self,
                value: impl FnOnce(InScopeOf<R>) -> E,
            ) -> Expr<<Base<E> as Statistical>::Gives, Aggregate>
            where
                Base<E>: Statistical,
                E::Phase: InAggregate,
            {
                self.aggregate_call(stringify!($name), vec![value(self.scope).into_node()])
            }
        )* }
    };
}

macro_rules! of_two {
    ($($(#[$doc:meta])* $name:ident -> $gives:ty;)*) => {
        impl<R: InScope, K: Clone, V> Group<R, K, V> { $(
            $(#[$doc])*
            pub fn $name<Y: Expression, X: Expression>(
                &self,
                pair: impl FnOnce(InScopeOf<R>) -> (Y, X),
            ) -> Expr<$gives, Aggregate>
            where
                Base<Y>: Number,
                Base<X>: Number,
                Y::Phase: InAggregate,
                X::Phase: InAggregate,
            {
                let (y, x) = pair(self.scope);
                self.aggregate_call(stringify!($name), vec![y.into_node(), x.into_node()])
            }
        )* }
    };
}

of_one! {
    /// `var_samp(value)`: the variance of a sample: the square of its standard deviation. NULL of less than two values. `f64` of floats, else `Decimal`.
    var_samp;
    /// `var_pop(value)`: the variance of a whole population; NULL of no values. `f64` of floats, else `Decimal`.
    var_pop;
    /// `stddev_samp(value)`: the standard deviation of a sample; NULL of less than two values. `f64` of floats, else `Decimal`.
    stddev_samp;
    /// `stddev_pop(value)`: the standard deviation of a whole population; NULL of no values. `f64` of floats, else `Decimal`.
    stddev_pop;
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

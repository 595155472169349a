//! Ordered-set aggregates: `… WITHIN GROUP (ORDER BY value)`.

use super::types::Continuous;
use crate::driver::Param;
use crate::expr::{Aggregate, Base, Expr, Expression, InAggregate};
use crate::query::{Group, InScope, InScopeOf, TakesAll};
use crate::sql::Node;
use crate::types::Element;

fn fraction(fraction: f64) -> Vec<Node> {
    vec![Node::param(Param::new(&fraction))]
}

fn fractions(fractions: &[f64]) -> Vec<Node> {
    vec![Node::param(Param::new(&fractions.to_vec()))]
}

impl<R: InScope, K: Clone, V: TakesAll> Group<R, K, V> {
    /// `percentile_cont(fraction) WITHIN GROUP (ORDER BY value)`: the value at this fraction of the order, between two
    /// values if need be; 0.5 is the median. NULL of no rows. A fraction outside of 0 to 1 is the server's error 22003.
    pub fn percentile_cont<E: Expression>(
        &self,
        at: f64,
        value: impl FnOnce(InScopeOf<R>) -> E,
    ) -> Expr<<Base<E> as Continuous>::Gives, Aggregate>
    where
        Base<E>: Continuous,
        E::Phase: InAggregate,
    {
        self.within_group("percentile_cont", fraction(at), value(self.scope).into_node())
    }

    /// [`percentile_cont`](Self::percentile_cont) of several fractions at once: an array in their order.
    pub fn percentiles_cont<E: Expression>(
        &self,
        at: &[f64],
        value: impl FnOnce(InScopeOf<R>) -> E,
    ) -> Expr<<Base<E> as Continuous>::List, Aggregate>
    where
        Base<E>: Continuous,
        E::Phase: InAggregate,
    {
        self.within_group("percentile_cont", fractions(at), value(self.scope).into_node())
    }

    /// `percentile_disc(fraction) WITHIN GROUP (ORDER BY value)`: the first value whose place in the order is this fraction
    /// or more. NULL of no rows. A fraction outside of 0 to 1 is the server's error 22003.
    pub fn percentile_disc<E: Expression>(
        &self,
        at: f64,
        value: impl FnOnce(InScopeOf<R>) -> E,
    ) -> Expr<Option<Base<E>>, Aggregate>
    where
        E::Phase: InAggregate,
    {
        self.within_group("percentile_disc", fraction(at), value(self.scope).into_node())
    }

    /// [`percentile_disc`](Self::percentile_disc) of several fractions at once: an array in their order.
    pub fn percentiles_disc<E: Expression>(
        &self,
        at: &[f64],
        value: impl FnOnce(InScopeOf<R>) -> E,
    ) -> Expr<Option<Vec<Base<E>>>, Aggregate>
    where
        Base<E>: Element,
        E::Phase: InAggregate,
    {
        self.within_group("percentile_disc", fractions(at), value(self.scope).into_node())
    }

    /// `mode() WITHIN GROUP (ORDER BY value)`: the value that is there most often, any of several such. NULL of no rows.
    pub fn mode<E: Expression>(&self, value: impl FnOnce(InScopeOf<R>) -> E) -> Expr<Option<Base<E>>, Aggregate>
    where
        E::Phase: InAggregate,
    {
        self.within_group("mode", Vec::new(), value(self.scope).into_node())
    }
}

//! Aggregates of ranges (*Aggregate Functions*). Both need PostgreSQL 14.

use crate::expr::{Aggregate, Base, Expr, Expression, IsRange, OfOneRow, RangeOf};
use crate::query::Group;
use crate::query::{InScope, InScopeOf};
use crate::types::MultiRange;

impl<R: InScope, K: Clone, V> Group<R, K, V> {
    /// `range_agg(range)`: the values that lie in any of the group's ranges, as a multirange; NULL of no rows.
    pub fn range_agg<E: Expression>(
        &self,
        range: impl FnOnce(InScopeOf<R>) -> E,
    ) -> Expr<Option<MultiRange<<Base<E> as RangeOf>::Bound>>, Aggregate>
    where
        Base<E>: IsRange,
        E::Phase: OfOneRow,
    {
        self.aggregate_call("range_agg", vec![range(self.scope).into_node()])
    }

    /// `range_intersect_agg(range)`: the values that lie in all of the group's ranges or multiranges; NULL of no rows.
    pub fn range_intersect_agg<E: Expression>(
        &self,
        range: impl FnOnce(InScopeOf<R>) -> E,
    ) -> Expr<Option<Base<E>>, Aggregate>
    where
        Base<E>: RangeOf,
        Option<Base<E>>: crate::types::DbType,
        E::Phase: OfOneRow,
    {
        self.aggregate_call("range_intersect_agg", vec![range(self.scope).into_node()])
    }
}

//! `GROUP BY`, and aggregates of a whole query.
//!
//! The closures behind a group receive a [`Group`]: its key and its aggregates, and no column of a single row.

use std::fmt;
use std::marker::PhantomData;

use super::parts::{GroupClause, Parts};
use super::{ClauseScope, Fetch, InScope, InScopeOf, Query, Selected};
use crate::expr::{Condition, Expr, InFilter, InHaving, OfOneRow, Order, Orders, Select, Source};
use crate::sql::{Node, fresh};
use crate::types::FromRow;

/// A query whose rows are gathered in groups: the stage after `group_by`.
#[must_use = "a group is nothing until it is selected from, by `.select(|g| …)`"]
pub struct Grouped<R: InScope, K: Clone> {
    parts: Parts,
    group: Group<R, K>,
}

/// A group of rows: what the closures behind `group_by` receive. It has the key, and the aggregates of the group's rows;
/// [`filter`](Self::filter), [`distinct`](Self::distinct) and [`order_by`](Self::order_by) come before an aggregate:
/// `g.filter(|o| o.paid).sum(|o| o.price)`.
pub struct Group<R: InScope, K> {
    pub(crate) scope: InScopeOf<R>,
    key: K,
    pub(crate) distinct: bool,
    pub(crate) filters: Vec<Node>,
    pub(crate) order: Vec<Order>,
}

impl<R: InScope, K: Clone> Group<R, K> {
    fn new(scope: InScopeOf<R>, key: K) -> Self {
        Self {
            scope,
            key,
            distinct: false,
            filters: Vec::new(),
            order: Vec::new(),
        }
    }

    /// What the rows are grouped by, as it was given to `group_by`.
    pub fn key(&self) -> K {
        self.key.clone()
    }

    /// Aggregates of those rows only for which this holds: `FILTER (WHERE condition)`.
    #[must_use]
    pub fn filter<C: Condition>(&self, condition: impl FnOnce(InScopeOf<R>) -> C) -> Self
    where
        C::Phase: InFilter,
    {
        let mut group = self.clone();
        group.filters.push(condition(self.scope).into_condition());
        group
    }

    /// Aggregates of distinct values: `sum(DISTINCT …)`.
    #[must_use]
    pub fn distinct(&self) -> Self {
        Self {
            distinct: true,
            ..self.clone()
        }
    }

    /// The order in which an aggregate takes its values, where that matters: `array_agg(… ORDER BY …)`.
    #[must_use]
    pub fn order_by<O: Orders>(&self, order: impl FnOnce(InScopeOf<R>) -> O) -> Self
    where
        O::Phase: OfOneRow,
    {
        let mut group = self.clone();
        order(self.scope).append_to(&mut group.order);
        group
    }
}

impl<R: InScope, K: Clone> Clone for Group<R, K> {
    fn clone(&self) -> Self {
        Self {
            scope: self.scope,
            key: self.key.clone(),
            distinct: self.distinct,
            filters: self.filters.clone(),
            order: self.order.clone(),
        }
    }
}

impl<R: InScope, K> fmt::Debug for Group<R, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Group")
    }
}

impl<R: InScope, K: Clone> ClauseScope for Group<R, K> {
    type Scope = Self;
    fn moved(scope: &Self, map: &dyn Fn(Source) -> Source) -> Self {
        // The key's own columns keep their sources: what a copy selects afterwards is over its scope.
        Self {
            scope: R::map_sources(scope.scope, map),
            ..scope.clone()
        }
    }
}

impl<R: InScope> Query<R> {
    /// `GROUP BY`: gathers the rows that agree in a key: a column, an expression, a whole model or a tuple of these. From here
    /// on closures receive the [`Group`].
    pub fn group_by<K: Select + Clone>(mut self, key: impl FnOnce(InScopeOf<R>) -> K) -> Grouped<R, K>
    where
        K::Phase: OfOneRow,
    {
        if self.parts.is_bounded() {
            self = super::Rowset::subquery(self);
        }
        let key = key(self.scope);
        let mut keys = Vec::new();
        key.clone().append_to(&mut keys);
        self.parts.group = Some(GroupClause {
            keys,
            having: Vec::new(),
        });
        Grouped {
            parts: self.parts,
            group: Group::new(self.scope, key),
        }
    }

    /// Aggregates of all rows: always exactly one row. `SELECT count(*), max(…) FROM …`
    pub fn aggregate<S: Select>(mut self, select: impl FnOnce(Group<R, ()>) -> S) -> Aggregated<S::Row> {
        if self.parts.is_bounded() {
            // Of the rows that the bounds leave, and not of all.
            self = super::Rowset::subquery(self);
        }
        self.parts.order.clear();
        let mut items = Vec::new();
        select(Group::new(self.scope, ())).append_to(&mut items);
        self.parts.items = Some(items);
        self.parts.group = Some(GroupClause::default());
        Aggregated {
            parts: self.parts,
            marker: PhantomData,
        }
    }
}

impl<R: InScope, K: Select + Clone> Grouped<R, K> {
    /// `HAVING condition`: which groups are left; several are joined by AND.
    pub fn having<C: Condition>(mut self, condition: impl FnOnce(Group<R, K>) -> C) -> Self
    where
        C::Phase: InHaving,
    {
        let condition = condition(self.group.clone()).into_condition();
        self.parts.group.get_or_insert_default().having.push(condition);
        self
    }

    /// `ORDER BY`: appended to the terms there are.
    pub fn order_by<O: Orders>(mut self, order: impl FnOnce(Group<R, K>) -> O) -> Self {
        order(self.group.clone()).append_to(&mut self.parts.order);
        self
    }

    /// Selects from each group: the key, and aggregates.
    pub fn select<S: Select>(mut self, select: impl FnOnce(Group<R, K>) -> S) -> Selected<Group<R, K>, S::Row> {
        let mut items = Vec::new();
        select(self.group.clone()).append_to(&mut items);
        self.parts.items = Some(items);
        Selected::new(self.parts, self.group)
    }
}

impl<R: InScope, K: Clone, T: FromRow> Selected<Group<R, K>, T> {
    /// `ORDER BY`: appended to the terms there are.
    pub fn order_by<O: Orders>(mut self, order: impl FnOnce(Group<R, K>) -> O) -> Self {
        order(self.scope.clone()).append_to(&mut self.parts.order);
        self
    }
}

/// Aggregates of a whole query: exactly one row.
#[must_use = "a query does nothing until it is run, by `.one(&db)` for instance"]
pub struct Aggregated<T> {
    pub(crate) parts: Parts,
    marker: PhantomData<fn() -> T>,
}

impl<T: crate::DbType> Aggregated<T> {
    /// The one value as an expression of the query around this one: `(SELECT count(*) FROM …)`.
    pub fn scalar(self) -> Expr<T> {
        Expr::new(Node::select(self.parts))
    }
}

impl<T: FromRow> Fetch for Aggregated<T> {
    type Row = T;
    fn into_parts(self) -> Parts {
        self.parts
    }
}

/// A copy has sources of its own, so that it can stand inside of the original.
impl<T> Clone for Aggregated<T> {
    fn clone(&self) -> Self {
        Self {
            parts: self.parts.map_sources(&fresh(self.parts.roots())),
            marker: PhantomData,
        }
    }
}

impl<T> fmt::Debug for Aggregated<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Aggregated<{}>", self.parts.table().model)
    }
}

impl<R: InScope, K: Clone> fmt::Debug for Grouped<R, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Grouped<{}>", self.parts.table().model)
    }
}

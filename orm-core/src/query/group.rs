//! `GROUP BY`, and aggregates of a whole query.
//!
//! The closures behind a group receive a [`Group`]: its key and its aggregates, and no column of a single row.

mod misplaced;
mod sets;
mod values;

#[doc(hidden)]
pub use misplaced::{AggregatesItself, FetchedGroups, FilteredGroups, GroupedSelection, WithGroups};
pub(crate) use sets::Grouping;
pub use sets::{GroupingKeys, GroupingSet};
pub use values::{AllValues, DistinctValues, Group, OrderedValues, TakesAll, TakesOrder};

use std::fmt;
use std::marker::PhantomData;

use super::parts::{GroupClause, Parts};
use super::{ClauseScope, Fetch, InScope, InScopeOf, Query, Selected};
use crate::expr::{Condition, Expr, InHaving, OfOneRow, Orders, Select, Source};
use crate::options::{Options, Tune};
use crate::sql::{Node, fresh};
use crate::types::FromRow;

/// A query whose rows are gathered in groups: the stage after `group_by`.
#[must_use = "a group is nothing until it is selected from, by `.select(|g| …)`"]
pub struct Grouped<R: InScope, K: Clone> {
    parts: Parts,
    group: Group<R, K>,
}

impl<R: InScope, K: Clone> ClauseScope for Group<R, K> {
    type Scope = Self;
    fn moved(scope: &Self, map: &dyn Fn(Source) -> Source) -> Self {
        scope.moved(map)
    }
}

impl<R: InScope> Query<R> {
    /// `GROUP BY`: gathers the rows that agree in a key: a column, an expression, a whole model or a tuple of these. From here
    /// on closures receive the [`Group`].
    pub fn group_by<K: Select + Clone>(self, key: impl FnOnce(InScopeOf<R>) -> K) -> Grouped<R, K>
    where
        K::Phase: OfOneRow,
    {
        let mut query = self.unbounded();
        let key = key(query.scope);
        let mut keys = Vec::new();
        key.clone().append_to(&mut keys);
        query.parts.group = Some(GroupClause {
            keys,
            ..GroupClause::default()
        });
        Grouped {
            group: Group::new(&query, key),
            parts: query.parts,
        }
    }

    /// Aggregates of all rows: always exactly one row. `SELECT count(*), max(…) FROM …`
    pub fn aggregate<S: Select>(self, select: impl FnOnce(Group<R, ()>) -> S) -> Aggregated<S::Row> {
        let mut query = self.unbounded();
        let mut items = Vec::new();
        select(Group::new(&query, ())).append_to(&mut items);
        query.parts.items = Some(items);
        query.parts.group = Some(GroupClause::default());
        Aggregated {
            parts: query.parts,
            marker: PhantomData,
        }
    }

    /// Without order, and with its bounds inside of a derived table: groups are of the rows that the bounds leave.
    fn unbounded(mut self) -> Self {
        if self.parts.is_bounded() {
            self = super::Rowset::subquery(self);
        }
        // An order of single rows says nothing of groups, and PostgreSQL refuses it.
        self.parts.order.clear();
        self
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
        let mut terms = Vec::new();
        order(self.scope.clone()).append_to(&mut terms);
        let settled = terms.iter().map(|term| self.scope.settle(term));
        self.parts.order.extend(settled);
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

impl<T> Tune for Aggregated<T> {
    fn options_mut(&mut self) -> &mut Options {
        self.parts.options.get_or_insert_default()
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

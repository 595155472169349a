//! `Model::query()`: reading one table, and the start of joins, groups, updates and deletes.

use std::fmt;

use super::parts::{DistinctClause, Parts};
use super::{Distinct, Fetch, InScope, InScopeOf, Selected};
use crate::expr::{Assigns, Condition, InFilter, InSelect, OfOneRow, Orders, Select};
use crate::model::{Fields, FieldsOf, Model, TableModel};
use crate::options::{Options, Tune};
use crate::query::{Delete, Update};
use crate::sql::fresh;

/// Reading a model. A trait, so that a function `query` of your own on the struct wins over it.
pub trait ReadModel: Model {
    /// A query of all rows, to be filtered, ordered and joined.
    fn query() -> Query<Self> {
        Query::new(Parts::new(Self::TABLE))
    }
}

impl<M: Model> ReadModel for M {}

/// A query that yields whole rows: the stage before `select`. It is named by its rows: `Query<User>`, and after a left
/// join `Query<(User, Option<Post>)>`.
///
/// A closure's argument holds exactly the columns that are in scope: the model's, or a tuple of the joined ones. Rows come
/// in no particular order unless [`order_by`](Self::order_by) says one. PostgreSQL's chapter: *SELECT*.
#[must_use = "a query does nothing until it is run, by `.all(&db)` for instance"]
pub struct Query<R: InScope> {
    pub(crate) parts: Parts,
    pub(crate) scope: InScopeOf<R>,
}

impl<M: Model> Query<M> {
    pub(crate) fn new(parts: Parts) -> Self {
        let scope = FieldsOf::<M>::at(parts.source());
        Self { parts, scope }
    }

    /// With the rows that the model's standing filter hides: of the query's own table, where it reads that itself. What it
    /// is joined with, and what relations lead to, says so on its own.
    pub fn with_hidden(mut self) -> Self {
        self.parts.from.with_hidden = true;
        self
    }

    /// With the rows of all tenants: of the query's own table. Nothing of the executor's scope is asked for then.
    pub fn all_tenants(mut self) -> Self {
        self.parts.from.all_tenants = true;
        self
    }

    /// Says that an update or delete without a filter is meant: it is refused otherwise.
    pub fn all_rows(mut self) -> Self {
        self.parts.all_rows = true;
        self
    }

    /// `UPDATE` of the rows that the query finds. With `order_by`, `limit` or a lock it goes through a materialized
    /// list of keys, so that the limit holds.
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn update<A: Assigns<M>>(self, assignments: impl FnOnce(FieldsOf<M>) -> A) -> Update<M> where M: TableModel {
        let mut list = Vec::new();
        assignments(self.scope).append_to(&mut list);
        Update::new(self.parts, self.scope, list)
    }

    /// `DELETE` of the rows that the query finds. With `order_by`, `limit` or a lock as for [`update`](Self::update).
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn delete(self) -> Delete<M> where M: TableModel {
        Delete::new(self.parts, self.scope)
    }
}

impl<R: InScope> Query<R> {
    pub(crate) fn with_scope(parts: Parts, scope: InScopeOf<R>) -> Self {
        Self { parts, scope }
    }

    /// `WHERE condition`; several are joined by AND. Rows whose condition is NULL are left out. It holds for the rows that
    /// the joins give, wherever it is written.
    pub fn filter<C: Condition>(mut self, condition: impl FnOnce(InScopeOf<R>) -> C) -> Self
    where
        C::Phase: InFilter,
    {
        let node = condition(self.scope).into_condition();
        self.parts.filters.push(node);
        self
    }

    /// `ORDER BY`: appended to the terms there are.
    pub fn order_by<O: Orders>(mut self, order: impl FnOnce(InScopeOf<R>) -> O) -> Self
    where
        O::Phase: InSelect,
    {
        order(self.scope).append_to(&mut self.parts.order);
        self
    }

    /// `LIMIT`: at most so many rows. The last call counts.
    pub fn limit(mut self, rows: u64) -> Self {
        self.parts.limit = Some(rows);
        self.parts.ties = false;
        self
    }

    /// `FETCH FIRST … ROWS WITH TIES`: at most so many rows, and those that are equal to the last one by the order. Without
    /// an order, and together with `skip_locked`, the query is [`ErrorKind::InvalidQuery`](crate::ErrorKind::InvalidQuery).
    pub fn limit_with_ties(mut self, rows: u64) -> Self {
        self.parts.limit = Some(rows);
        self.parts.ties = true;
        self
    }

    /// `OFFSET`: without the first rows, which the server reads all the same; [`page`](Self::page) does not.
    pub fn offset(mut self, rows: u64) -> Self {
        self.parts.offset = Some(rows);
        self
    }

    /// Selects expressions instead of the rows: a column, an expression, a tuple of these, or a `#[derive(Row)]`
    /// struct's expressions.
    pub fn select<S: Select>(mut self, select: impl FnOnce(InScopeOf<R>) -> S) -> Selected<R, S::Row>
    where
        S::Phase: InSelect,
    {
        let mut items = Vec::new();
        select(self.scope).append_to(&mut items);
        self.parts.items = Some(items);
        Selected::new(self.parts, self.scope)
    }

    /// `SELECT DISTINCT`: each row once.
    pub fn distinct(mut self) -> Distinct<R, R> {
        self.select_rows();
        self.parts.distinct = DistinctClause::Rows;
        Distinct::new(self.parts, self.scope)
    }

    /// `SELECT DISTINCT ON (keys)`: of the rows with the same keys the first one, by the order. The keys are put at the
    /// front of the ORDER BY where they are not there already, as PostgreSQL wants it.
    pub fn distinct_on<S: Select>(mut self, keys: impl FnOnce(InScopeOf<R>) -> S) -> Distinct<R, R>
    where
        S::Phase: OfOneRow,
    {
        let mut nodes = Vec::new();
        keys(self.scope).append_to(&mut nodes);
        self.select_rows();
        self.parts.distinct = DistinctClause::On(nodes);
        Distinct::new(self.parts, self.scope)
    }

    /// Selects all columns in scope, unless it is a mere table: that selects its own.
    pub(crate) fn select_rows(&mut self) {
        if self.parts.items.is_none() && !self.parts.is_one_table() {
            let mut items = Vec::new();
            R::append(self.scope, &mut items);
            self.parts.items = Some(items);
        }
    }
}

impl<R: InScope> Tune for Query<R> {
    fn options_mut(&mut self) -> &mut Options {
        self.parts.options.get_or_insert_default()
    }
}

impl<R: InScope> Fetch for Query<R> {
    type Row = R;
    fn into_parts(mut self) -> Parts {
        if !self.parts.is_plain_set() {
            self.select_rows();
        }
        self.parts
    }
}

/// A copy has sources of its own, so that it can stand inside of the original.
impl<R: InScope> Clone for Query<R> {
    fn clone(&self) -> Self {
        let map = fresh(self.parts.roots());
        Self {
            parts: self.parts.map_sources(&map),
            scope: R::map_sources(self.scope, &map),
        }
    }
}

impl<R: InScope> fmt::Debug for Query<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Query<{}>", self.parts.table().model)
    }
}

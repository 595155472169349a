//! `Model::query()`: reading one table, and the start of updates and deletes.

use std::fmt;
use std::marker::PhantomData;

use super::parts::{DistinctClause, Parts};
use super::{Distinct, Fetch, Selected};
use crate::expr::{Assigns, Condition, InFilter, InSelect, OfOneRow, Orders, Select};
use crate::model::{Fields, FieldsOf, Model, TableModel};
use crate::query::{Delete, Update};

/// Reading a model. A trait, so that a function `query` of your own on the struct wins over it.
pub trait ReadModel: Model {
    /// A query of all rows, to be filtered and ordered.
    fn query() -> Query<Self> {
        Query::new(Parts::new(Self::TABLE))
    }
}

impl<M: Model> ReadModel for M {}

/// A query that yields models: the stage before `select`.
///
/// A closure's argument holds exactly the columns that are in scope. Rows come in no particular order unless
/// [`order_by`](Self::order_by) says one. PostgreSQL's chapter: *SELECT*.
#[must_use = "a query does nothing until it is run, by `.all(&db)` for instance"]
pub struct Query<M: Model> {
    pub(crate) parts: Parts,
    marker: PhantomData<fn() -> M>,
}

impl<M: Model> Query<M> {
    pub(crate) fn new(parts: Parts) -> Self {
        Self {
            parts,
            marker: PhantomData,
        }
    }

    pub(crate) fn fields(&self) -> FieldsOf<M> {
        FieldsOf::<M>::at(self.parts.source)
    }

    /// `WHERE condition`; several are joined by AND. Rows whose condition is NULL are left out.
    pub fn filter<C: Condition>(mut self, condition: impl FnOnce(FieldsOf<M>) -> C) -> Self
    where
        C::Phase: InFilter,
    {
        let node = condition(self.fields()).into_condition();
        self.parts.filters.push(node);
        self
    }

    /// `ORDER BY`: appended to the terms there are.
    pub fn order_by<O: Orders>(mut self, order: impl FnOnce(FieldsOf<M>) -> O) -> Self
    where
        O::Phase: InSelect,
    {
        order(self.fields()).append_to(&mut self.parts.order);
        self
    }

    /// `LIMIT`: at most so many rows. The last call counts.
    pub fn limit(mut self, rows: u64) -> Self {
        self.parts.limit = Some(rows);
        self
    }

    /// `OFFSET`: without the first rows, which the server reads all the same; [`page`](Self::page) does not.
    pub fn offset(mut self, rows: u64) -> Self {
        self.parts.offset = Some(rows);
        self
    }

    /// Selects expressions instead of the model: a column, an expression, a tuple of these, or a `#[derive(Row)]`
    /// struct's expressions.
    pub fn select<S: Select>(mut self, select: impl FnOnce(FieldsOf<M>) -> S) -> Selected<M, S::Row>
    where
        S::Phase: InSelect,
    {
        let mut items = Vec::new();
        select(self.fields()).append_to(&mut items);
        self.parts.items = Some(items);
        Selected::new(self.parts)
    }

    /// `SELECT DISTINCT`: each row once.
    pub fn distinct(mut self) -> Distinct<M, M> {
        self.parts.distinct = DistinctClause::Rows;
        Distinct::new(self.parts)
    }

    /// `SELECT DISTINCT ON (keys)`: of the rows with the same keys the first one, by the order. The keys are put at the
    /// front of the ORDER BY where they are not there already, as PostgreSQL wants it.
    pub fn distinct_on<S: Select>(mut self, keys: impl FnOnce(FieldsOf<M>) -> S) -> Distinct<M, M>
    where
        S::Phase: OfOneRow,
    {
        let mut nodes = Vec::new();
        keys(self.fields()).append_to(&mut nodes);
        self.parts.distinct = DistinctClause::On(nodes);
        Distinct::new(self.parts)
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
        assignments(self.fields()).append_to(&mut list);
        Update::new(self.parts, list)
    }

    /// `DELETE` of the rows that the query finds. With `order_by`, `limit` or a lock as for [`update`](Self::update).
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn delete(self) -> Delete<M> where M: TableModel {
        Delete::new(self.parts)
    }
}

impl<M: Model> Fetch for Query<M> {
    type Row = M;
    fn into_parts(self) -> Parts {
        self.parts
    }
}

impl<M: Model> Clone for Query<M> {
    fn clone(&self) -> Self {
        Self::new(self.parts.clone())
    }
}

impl<M: Model> fmt::Debug for Query<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Query<{}>", M::TABLE.model)
    }
}

//! A query after `select`, and one after `distinct`.

use std::fmt;
use std::marker::PhantomData;

use super::Fetch;
use super::parts::{DistinctClause, Parts};
use crate::expr::{Condition, InFilter, InSelect, OfOneRow, Orders, Select};
use crate::model::{Fields, FieldsOf, Model};
use crate::types::FromRow;

/// A query that yields what was selected: the stage after `select`. The closures still receive the model's columns.
#[must_use = "a query does nothing until it is run, by `.all(&db)` for instance"]
pub struct Selected<M: Model, R> {
    pub(crate) parts: Parts,
    marker: PhantomData<fn() -> (M, R)>,
}

/// A query of distinct rows: the stage after `distinct` or `distinct_on`. It can be neither locked nor written to.
#[must_use = "a query does nothing until it is run, by `.all(&db)` for instance"]
pub struct Distinct<M: Model, R> {
    parts: Parts,
    marker: PhantomData<fn() -> (M, R)>,
}

macro_rules! clauses {
    ($stage:ident) => {
        impl<M: Model, R: FromRow> $stage<M, R> {
            pub(crate) fn new(parts: Parts) -> Self {
                Self {
                    parts,
                    marker: PhantomData,
                }
            }

            fn fields(&self) -> FieldsOf<M> {
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

            /// `OFFSET`: without the first rows, which the server reads all the same.
            pub fn offset(mut self, rows: u64) -> Self {
                self.parts.offset = Some(rows);
                self
            }
        }

        impl<M: Model, R: FromRow> Fetch for $stage<M, R> {
            type Row = R;
            fn into_parts(self) -> Parts {
                self.parts
            }
        }

        impl<M: Model, R> Clone for $stage<M, R> {
            fn clone(&self) -> Self {
                Self {
                    parts: self.parts.clone(),
                    marker: PhantomData,
                }
            }
        }

        impl<M: Model, R> fmt::Debug for $stage<M, R> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($stage), "<{}>"), M::TABLE.model)
            }
        }
    };
}

clauses!(Selected);
clauses!(Distinct);

impl<M: Model, R: FromRow> Selected<M, R> {
    /// `SELECT DISTINCT`: each row once. It can be ordered only by what it selects: else the query is refused before it
    /// is sent.
    pub fn distinct(mut self) -> Distinct<M, R> {
        self.parts.distinct = DistinctClause::Rows;
        Distinct::new(self.parts)
    }

    /// `SELECT DISTINCT ON (keys)`: of the rows with the same keys the first one, by the order.
    pub fn distinct_on<S: Select>(mut self, keys: impl FnOnce(FieldsOf<M>) -> S) -> Distinct<M, R>
    where
        S::Phase: OfOneRow,
    {
        let mut nodes = Vec::new();
        keys(self.fields()).append_to(&mut nodes);
        self.parts.distinct = DistinctClause::On(nodes);
        Distinct::new(self.parts)
    }
}

impl<M: Model> Distinct<M, M> {
    /// Selects expressions instead of the model.
    pub fn select<S: Select>(mut self, select: impl FnOnce(FieldsOf<M>) -> S) -> Distinct<M, S::Row>
    where
        S::Phase: InSelect,
    {
        let mut items = Vec::new();
        select(self.fields()).append_to(&mut items);
        self.parts.items = Some(items);
        Distinct::new(self.parts)
    }
}

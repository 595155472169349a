//! A query after `select`, and one after `distinct`.

use std::fmt;
use std::marker::PhantomData;

use super::parts::{DistinctClause, Parts};
use super::{Fetch, InScope, InScopeOf};
use crate::expr::{Condition, InFilter, InSelect, OfOneRow, Orders, Select, Source};
use crate::options::{Options, Tune};
use crate::sql::fresh;
use crate::types::FromRow;

/// What the closures of a stage receive: the columns of joined rows, or a group.
pub trait ClauseScope {
    /// What they receive.
    type Scope: Clone;
    /// The same over other sources.
    #[doc(hidden)]
    fn moved(scope: &Self::Scope, map: &dyn Fn(Source) -> Source) -> Self::Scope;
}

impl<R: InScope> ClauseScope for R {
    type Scope = InScopeOf<R>;
    fn moved(scope: &InScopeOf<R>, map: &dyn Fn(Source) -> Source) -> InScopeOf<R> {
        R::map_sources(*scope, map)
    }
}

/// A query that yields what was selected: the stage after `select`. The closures still receive the columns in scope (`S`
/// names them: the model, the tuple of joined rows, or the group).
#[must_use = "a query does nothing until it is run, by `.all(&db)` for instance"]
pub struct Selected<S: ClauseScope, R> {
    pub(crate) parts: Parts,
    pub(crate) scope: S::Scope,
    marker: PhantomData<fn() -> R>,
}

/// A query of distinct rows: the stage after `distinct` or `distinct_on`. Its rows can be neither locked nor written; the
/// models that `.subquery()` makes of them can be written, by their keys.
#[must_use = "a query does nothing until it is run, by `.all(&db)` for instance"]
pub struct Distinct<S: ClauseScope, R> {
    pub(crate) parts: Parts,
    pub(crate) scope: S::Scope,
    marker: PhantomData<fn() -> R>,
}

macro_rules! clauses {
    ($stage:ident) => {
        impl<S: ClauseScope, R> $stage<S, R> {
            pub(crate) fn new(parts: Parts, scope: S::Scope) -> Self {
                Self {
                    parts,
                    scope,
                    marker: PhantomData,
                }
            }
        }

        impl<S: InScope, R: FromRow> $stage<S, R> {
            /// `WHERE condition`; several are joined by AND. Rows whose condition is NULL are left out.
            pub fn filter<C: Condition>(mut self, condition: impl FnOnce(InScopeOf<S>) -> C) -> Self
            where
                C::Phase: InFilter,
            {
                let node = condition(self.scope).into_condition();
                self.parts.filters.push(node);
                self
            }

            /// `ORDER BY`: appended to the terms there are.
            pub fn order_by<O: Orders>(mut self, order: impl FnOnce(InScopeOf<S>) -> O) -> Self
            where
                O::Phase: InSelect,
            {
                order(self.scope).append_to(&mut self.parts.order);
                self
            }
        }

        impl<S: ClauseScope, R: FromRow> $stage<S, R> {
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

            /// `OFFSET`: without the first rows, which the server reads all the same.
            pub fn offset(mut self, rows: u64) -> Self {
                self.parts.offset = Some(rows);
                self
            }
        }

        impl<S: ClauseScope, R> Tune for $stage<S, R> {
            fn options_mut(&mut self) -> &mut Options {
                self.parts.options.get_or_insert_default()
            }
        }

        impl<S: ClauseScope, R: FromRow> Fetch for $stage<S, R> {
            type Row = R;
            fn into_parts(self) -> Parts {
                self.parts
            }
        }

        /// A copy has sources of its own, so that it can stand inside of the original.
        impl<S: ClauseScope, R> Clone for $stage<S, R> {
            fn clone(&self) -> Self {
                let map = fresh(self.parts.roots());
                Self::new(self.parts.map_sources(&map), S::moved(&self.scope, &map))
            }
        }

        impl<S: ClauseScope, R> fmt::Debug for $stage<S, R> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($stage), "<{}>"), self.parts.table().model)
            }
        }
    };
}

clauses!(Selected);
clauses!(Distinct);

impl<S: ClauseScope, R: FromRow> Selected<S, R> {
    /// `SELECT DISTINCT`: each row once. It can be ordered only by what it selects: else the query is refused before it
    /// is sent.
    pub fn distinct(mut self) -> Distinct<S, R> {
        self.parts.distinct = DistinctClause::Rows;
        Distinct::new(self.parts, self.scope)
    }
}

impl<S: InScope, R: FromRow> Selected<S, R> {
    /// `SELECT DISTINCT ON (keys)`: of the rows with the same keys the first one, by the order.
    pub fn distinct_on<K: Select>(mut self, keys: impl FnOnce(InScopeOf<S>) -> K) -> Distinct<S, R>
    where
        K::Phase: OfOneRow,
    {
        let mut nodes = Vec::new();
        keys(self.scope).append_to(&mut nodes);
        self.parts.distinct = DistinctClause::On(nodes);
        Distinct::new(self.parts, self.scope)
    }
}

impl<R: InScope> Distinct<R, R> {
    /// Selects expressions instead of the rows.
    pub fn select<S: Select>(mut self, select: impl FnOnce(InScopeOf<R>) -> S) -> Distinct<R, S::Row>
    where
        S::Phase: InSelect,
    {
        let mut items = Vec::new();
        select(self.scope).append_to(&mut items);
        self.parts.items = Some(items);
        Distinct::new(self.parts, self.scope)
    }
}

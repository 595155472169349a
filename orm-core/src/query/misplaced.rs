//! Methods that are not there, under names that other types have, too: without these rustc would say that a builder "is
//! not an iterator" or "is not a model". None can be called; each carries the words of its trait.

use super::{ClauseScope, Delete, Distinct, InScope, InScopeOf, Insert, InsertMany, InsertOrNothing, Locked, Query};
use super::{Selected, Update};
use crate::model::{FieldsOf, Model, TableModel};
use crate::types::FromRow;

/// What no write is.
#[diagnostic::on_unimplemented(
    message = "`filter` comes before `update` and `delete`, and an insert has none",
    label = "write `{M}::query().filter(…)` first, then `.update(…)` or `.delete()`"
)]
pub trait FilteredWrite<M> {}

/// What no locked query is.
#[diagnostic::on_unimplemented(
    message = "joins, groups and `distinct` come before the lock, and of a join it says which tables: `for_update_of`",
    label = "join first, then lock: `.join(…).for_update_of(|(a, b)| a)`; groups and distinct rows cannot be locked"
)]
pub trait JoinedLock {}

/// What no query after `select` or `distinct` is.
#[diagnostic::on_unimplemented(
    message = "rows that were selected or made distinct cannot be written",
    label = "write it directly on `{M}::query().filter(…)`; what it gives back is chosen behind it, by `.returning(…)`"
)]
pub trait WrittenSelection<M> {}

/// What no join is.
#[diagnostic::on_unimplemented(
    message = "a join cannot be written: one statement writes the rows of one table",
    label = "write it as `{M}::query().using(…)`, with what is joined as it is here; then `.update(…)` or `.delete()`"
)]
pub trait WrittenJoin<M> {}

/// What no insert of many rows is.
#[diagnostic::on_unimplemented(
    message = "the rows of `insert_many` have no children: each row of a graph says its own",
    label = "write `{M}::insert_graphs(rows.into_iter().map(|row| row.with(…)))`"
)]
pub trait ParentOfAll<M> {}

/// What no insert is that may write nothing.
#[diagnostic::on_unimplemented(
    message = "a row that may be left out has no children: they would have no parent then",
    label = "write `.update(…)` instead of `.do_nothing()`, or insert the children after the row, if it gives one"
)]
pub trait ParentForSure {}

/// What no query is.
#[diagnostic::on_unimplemented(
    message = "a query is no iterator",
    label = "write `.select(…)` to choose columns, or run it first: `.all(&db).await?.into_iter()`"
)]
pub trait Mapped {}

/// What no query after `select` is.
#[diagnostic::on_unimplemented(
    message = "joins come before `select`",
    label = "join first and select then; to join what was selected, make it a derived table: `.select(…).subquery().join(…)`"
)]
pub trait JoinedSelection {}

macro_rules! joins_after_select {
    ($($method:ident)*) => { $(
        #[doc(hidden)]
        #[rustfmt::skip] // In one line, because errors show it.
        pub fn $method<J>(self, _: impl FnOnce(S::Scope) -> J) -> Self where Self: JoinedSelection {
            self
        }
    )* };
}

impl<S: ClauseScope, R: FromRow> Selected<S, R> {
    joins_after_select!(join left_join right_join full_join cross_join join_lateral left_join_lateral);
}

impl<M: TableModel, R: InScope> Update<M, R> {
    #[doc(hidden)]
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn filter<C>(self, _: impl FnOnce(InScopeOf<R>) -> C) -> Self where Self: FilteredWrite<M> {
        self
    }
}

impl<M: TableModel, R: InScope> Delete<M, R> {
    #[doc(hidden)]
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn filter<C>(self, _: impl FnOnce(InScopeOf<R>) -> C) -> Self where Self: FilteredWrite<M> {
        self
    }
}

impl<M: TableModel> Insert<M> {
    #[doc(hidden)]
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn filter<C>(self, _: impl FnOnce(FieldsOf<M>) -> C) -> Self where Self: FilteredWrite<M> {
        self
    }
}

impl<M: TableModel> InsertMany<M> {
    #[doc(hidden)]
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn filter<C>(self, _: impl FnOnce(FieldsOf<M>) -> C) -> Self where Self: FilteredWrite<M> {
        self
    }
}

impl<M: TableModel> InsertMany<M> {
    #[doc(hidden)]
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn with<I: IntoIterator, C>(self, _: I, _: impl FnMut(&M, I::Item) -> C) -> Self where Self: ParentOfAll<M> {
        self
    }

    #[doc(hidden)]
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn with_one<C>(self, _: impl FnMut(&M) -> C) -> Self where Self: ParentOfAll<M> {
        self
    }
}

impl<M: TableModel> InsertOrNothing<M> {
    #[doc(hidden)]
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn with<I: IntoIterator, C>(self, _: I, _: impl FnMut(&M, I::Item) -> C) -> Self where Self: ParentForSure {
        self
    }

    #[doc(hidden)]
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn with_one<C>(self, _: impl FnMut(&M) -> C) -> Self where Self: ParentForSure {
        self
    }
}

macro_rules! joins_after_a_lock {
    ($($method:ident)*) => { $(
        #[doc(hidden)]
        #[rustfmt::skip] // In one line, because errors show it.
        pub fn $method<J>(self, _: impl FnOnce(InScopeOf<R>) -> J) -> Self where Self: JoinedLock {
            self
        }
    )* };
}

impl<R: InScope> Locked<Query<R>> {
    joins_after_a_lock!(join left_join right_join full_join cross_join join_lateral left_join_lateral);
    joins_after_a_lock!(group_by distinct_on);

    #[doc(hidden)]
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn distinct(self) -> Self where Self: JoinedLock {
        self
    }
}

impl<M: Model> Query<M> {
    #[doc(hidden)]
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn map<T>(self, _: impl FnMut(M) -> T) -> std::vec::IntoIter<T> where Self: Mapped {
        Vec::new().into_iter()
    }
}

impl<M: Model, A: InScope> Query<(M, A)> {
    #[doc(hidden)]
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn update<X>(self, _: impl FnOnce(InScopeOf<(M, A)>) -> X) -> Self where Self: WrittenJoin<M> {
        self
    }

    #[doc(hidden)]
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn delete(self) -> Self where Self: WrittenJoin<M> {
        self
    }
}

impl<M: Model, A: InScope, B: InScope> Query<(M, A, B)> {
    #[doc(hidden)]
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn update<X>(self, _: impl FnOnce(InScopeOf<(M, A, B)>) -> X) -> Self where Self: WrittenJoin<M> {
        self
    }

    #[doc(hidden)]
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn delete(self) -> Self where Self: WrittenJoin<M> {
        self
    }
}

impl<M: Model, R: FromRow> Selected<M, R> {
    #[doc(hidden)]
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn map<T>(self, _: impl FnMut(R) -> T) -> std::vec::IntoIter<T> where Self: Mapped {
        Vec::new().into_iter()
    }

    #[doc(hidden)]
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn update<A>(self, _: impl FnOnce(FieldsOf<M>) -> A) -> Self where Self: WrittenSelection<M> {
        self
    }

    #[doc(hidden)]
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn delete(self) -> Self where Self: WrittenSelection<M> {
        self
    }
}

impl<M: Model, R: FromRow> Distinct<M, R> {
    #[doc(hidden)]
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn map<T>(self, _: impl FnMut(R) -> T) -> std::vec::IntoIter<T> where Self: Mapped {
        Vec::new().into_iter()
    }

    #[doc(hidden)]
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn update<A>(self, _: impl FnOnce(FieldsOf<M>) -> A) -> Self where Self: WrittenSelection<M> {
        self
    }

    #[doc(hidden)]
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn delete(self) -> Self where Self: WrittenSelection<M> {
        self
    }
}

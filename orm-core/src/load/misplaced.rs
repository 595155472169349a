//! Methods that loads have not, under the names by which they are looked for. None can be called; each carries the words of
//! its trait.

use super::{Load, ManyLoad};
use crate::model::Model;
use crate::query::{ClauseScope, Distinct, InScope, InScopeOf, Loading, Locked, Many, Query, Selected};
use crate::types::FromRow;

/// What no query is that is distinct, locked or selected from.
#[diagnostic::on_unimplemented(
    message = "`with` loads beside the rows of a query as they are: not of a lock, `distinct` or `select`",
    label = "run it first and load by its rows: `orm::load(&rows, |row| row.posts())`; instead of `select` there are shapes"
)]
pub trait RowsAsTheyAre {}

/// What no rows are that something is loaded beside.
#[diagnostic::on_unimplemented(
    message = "rows that something is loaded beside are read whole",
    label = "choose columns of what is loaded: `.with(|u| u.posts().select(…))`; of both by `#[derive(Shape)]`"
)]
pub trait SelectedLoad {}

/// What no relation to many is.
#[diagnostic::on_unimplemented(
    message = "each row has its own list, so a limit is one for each: `limit_per_parent`, `offset_per_parent`",
    label = "write `.limit_per_parent(…)`, behind `.order_by(…)`; for one list of all there is `.query()`"
)]
pub trait LimitOfAll {}

/// What no query is.
#[diagnostic::on_unimplemented(
    message = "a query holds no rows: nothing of `{M}` was loaded",
    label = "run it: `.all(&db).await?`, `.count(&db).await?`; or load it beside its row: `.with(|u| u.posts())`"
)]
pub trait LoadedAlready<M> {}

impl<M: Model> Query<M> {
    #[doc(hidden)]
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn len(&self) -> usize where Self: LoadedAlready<M> {
        0
    }

    #[doc(hidden)]
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn is_empty(&self) -> bool where Self: LoadedAlready<M> {
        true
    }

    #[doc(hidden)]
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn iter(&self) -> std::slice::Iter<'_, M> where Self: LoadedAlready<M> {
        [].iter()
    }
}

impl<M: Model> Many<M> {
    #[doc(hidden)]
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn limit(self, _: u64) -> Self where Self: LimitOfAll {
        self
    }

    #[doc(hidden)]
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn offset(self, _: u64) -> Self where Self: LimitOfAll {
        self
    }
}

impl<M: Model, T: Send + 'static> ManyLoad<M, T> {
    #[doc(hidden)]
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn limit(self, _: u64) -> Self where Self: LimitOfAll {
        self
    }

    #[doc(hidden)]
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn offset(self, _: u64) -> Self where Self: LimitOfAll {
        self
    }
}

impl<R: InScope, T: Send + 'static> Loading<R, T> {
    #[doc(hidden)]
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn select<S>(self, _: impl FnOnce(InScopeOf<R>) -> S) -> Self where Self: SelectedLoad {
        self
    }
}

impl<R: InScope> Locked<Query<R>> {
    #[doc(hidden)]
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn with<L: Load>(self, _: impl FnOnce(InScopeOf<R>) -> L) -> Self where Self: RowsAsTheyAre {
        self
    }
}

impl<S: ClauseScope, R: FromRow> Selected<S, R> {
    #[doc(hidden)]
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn with<L: Load>(self, _: impl FnOnce(S::Scope) -> L) -> Self where Self: RowsAsTheyAre {
        self
    }
}

impl<S: ClauseScope, R: FromRow> Distinct<S, R> {
    #[doc(hidden)]
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn with<L: Load>(self, _: impl FnOnce(S::Scope) -> L) -> Self where Self: RowsAsTheyAre {
        self
    }
}

//! Methods that are not there, under names that other types have, too: as in `query/misplaced.rs`.

use std::future::{Ready, ready};

use super::{Group, Grouped};
use crate::driver::Executor;
use crate::error::Error;
use crate::expr::{Column, Expr, Select};
use crate::query::{InScope, InScopeOf, Query, Selected};
use crate::types::FromRow;

/// What no group is.
#[diagnostic::on_unimplemented(
    message = "`filter` comes before `group_by`",
    label = "filter single rows before `.group_by(…)`, and groups by `.having(|g| …)`",
    note = "one aggregate alone is filtered by `g.filter(|row| …).count()`"
)]
pub trait FilteredGroups {}

/// What no group is.
#[diagnostic::on_unimplemented(
    message = "a group is no row",
    label = "say what is read of each group first: `.select(|g| (g.key(), g.count()))`"
)]
pub trait FetchedGroups {}

/// What no query without groups is.
#[diagnostic::on_unimplemented(
    message = "`having` comes after `group_by`",
    label = "there are no groups yet: conditions over single rows go to `.filter(…)`"
)]
pub trait WithGroups {}

/// What no query after `select` is.
#[diagnostic::on_unimplemented(
    message = "`group_by` comes before `select`",
    label = "group first, then select of the groups; or group what was selected, after `.subquery()`"
)]
pub trait GroupedSelection {}

/// What no single column or expression is.
#[diagnostic::on_unimplemented(
    message = "an aggregate is asked of a group, and not of a column",
    label = "write it on the group: `.aggregate(|g| g.max(|row| …))`, or `.group_by(…)` first",
    note = "of the rows around it a window function tells: `window::max(column).over(|w| …)`"
)]
pub trait AggregatesItself {}

impl<R: InScope, K: Select + Clone> Grouped<R, K> {
    #[doc(hidden)]
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn filter<C>(self, _: impl FnOnce(Group<R, K>) -> C) -> Self where Self: FilteredGroups {
        self
    }

    #[doc(hidden)]
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn all(self, _: &dyn Executor) -> Ready<Result<Vec<R>, Error>> where Self: FetchedGroups {
        ready(Ok(Vec::new()))
    }

    #[doc(hidden)]
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn count(self, _: &dyn Executor) -> Ready<Result<i64, Error>> where Self: FetchedGroups {
        ready(Ok(0))
    }
}

impl<R: InScope> Query<R> {
    #[doc(hidden)]
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn having<C>(self, _: impl FnOnce(InScopeOf<R>) -> C) -> Self where Self: WithGroups {
        self
    }
}

impl<S: InScope, R: FromRow> Selected<S, R> {
    #[doc(hidden)]
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn group_by<K>(self, _: impl FnOnce(InScopeOf<S>) -> K) -> Self where Self: GroupedSelection {
        self
    }
}

impl<M, T, W, N> Column<M, T, W, N> {
    #[doc(hidden)]
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn count(self) -> Self where Self: AggregatesItself {
        self
    }

    #[doc(hidden)]
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn sum(self) -> Self where Self: AggregatesItself {
        self
    }

    #[doc(hidden)]
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn avg(self) -> Self where Self: AggregatesItself {
        self
    }

    #[doc(hidden)]
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn min(self) -> Self where Self: AggregatesItself {
        self
    }

    #[doc(hidden)]
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn max(self) -> Self where Self: AggregatesItself {
        self
    }
}

impl<T, P> Expr<T, P> {
    #[doc(hidden)]
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn count(self) -> Self where Self: AggregatesItself {
        self
    }

    #[doc(hidden)]
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn sum(self) -> Self where Self: AggregatesItself {
        self
    }

    #[doc(hidden)]
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn avg(self) -> Self where Self: AggregatesItself {
        self
    }

    #[doc(hidden)]
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn min(self) -> Self where Self: AggregatesItself {
        self
    }

    #[doc(hidden)]
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn max(self) -> Self where Self: AggregatesItself {
        self
    }
}

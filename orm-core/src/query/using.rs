//! `UPDATE … FROM` and `DELETE … USING`: writing the rows of a table by what they are joined with.

use std::fmt;
use std::marker::PhantomData;

use super::target::Target;
use super::{Delete, InScope, InScopeOf, Joinable, Origin, Parts, Query, Room, Rowset, Update};
use crate::expr::{Assigns, Condition, InFilter};
use crate::model::{FieldsOf, Model, TableModel};

/// The rows of `M` that belong to rows of other sources, to be updated or deleted: made by [`Query::using`]. `R` is the
/// tuple of all sides, `M` first.
#[must_use = "it does nothing until it is followed by `.update(…)` or `.delete()`"]
pub struct Using<M: TableModel, R: InScope> {
    target: Target,
    scope: InScopeOf<R>,
    marker: PhantomData<fn() -> M>,
}

impl<M: Model> Query<M> {
    /// Joins the rows, which are to be updated or deleted, with a source that says how: `UPDATE … FROM source`,
    /// `DELETE … USING source`. The closure gives a relation (`u.posts()`), or anything that can stand in a FROM clause, with
    /// its condition: `Post::query().on(|p| p.author_id.eq(u.id))`. It is an inner join: rows to which nothing belongs are
    /// not written.
    ///
    /// A row is written once, however many rows of the source belong to it. An update then takes the values of any of them:
    /// join with a source that gives one, a group for instance. With `order_by`, `limit` or a lock before it, these hold for
    /// the rows of this query before they are joined.
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn using<J: Joinable>(self, with: impl FnOnce(InScopeOf<M>) -> J) -> Using<M, (M, J::Row)> where M: TableModel {
        Using::first(self.parts, self.scope, with)
    }

    /// As [`using`](Self::using), with the rows that a query gives for each row: `FROM …, LATERAL (SELECT …)`. With a limit
    /// of one it gives a row several values at once.
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn using_lateral<J: Rowset>(self, with: impl FnOnce(InScopeOf<M>) -> J) -> Using<M, (M, J::Row)> where M: TableModel {
        let mut target = Target::new(self.parts.of_table(M::TABLE));
        let scope = add_lateral(&mut target, with(self.scope));
        Using::new(target, (self.scope, scope))
    }
}

impl<M: TableModel, X: InScope> Using<M, (M, X)> {
    /// The rows that `rows` finds, joined with a source.
    pub(crate) fn first<J: Joinable<Row = X>>(
        rows: Parts,
        scope: FieldsOf<M>,
        with: impl FnOnce(FieldsOf<M>) -> J,
    ) -> Self {
        let mut target = Target::new(rows.of_table(M::TABLE));
        let joined = add(&mut target, with(scope));
        Using::new(target, (scope, joined))
    }
}

impl<M: TableModel, R: InScope> Using<M, R> {
    fn new(target: Target, scope: InScopeOf<R>) -> Self {
        Self {
            target,
            scope,
            marker: PhantomData,
        }
    }

    /// Joins with one source more.
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn using<J: Joinable>(mut self, with: impl FnOnce(InScopeOf<R>) -> J) -> Using<M, R::Push<J::Row>> where R::Room: Room {
        let scope = add(&mut self.target, with(self.scope));
        Using::new(self.target, R::push::<J::Row>(self.scope, scope))
    }

    /// Joins with the rows that a query gives for each row of what is joined already.
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn using_lateral<J: Rowset>(mut self, with: impl FnOnce(InScopeOf<R>) -> J) -> Using<M, R::Push<J::Row>> where R::Room: Room {
        let scope = add_lateral(&mut self.target, with(self.scope));
        Using::new(self.target, R::push::<J::Row>(self.scope, scope))
    }

    /// `WHERE condition` over all sides; several are joined by AND.
    pub fn filter<C: Condition>(mut self, condition: impl FnOnce(InScopeOf<R>) -> C) -> Self
    where
        C::Phase: InFilter,
    {
        let node = condition(self.scope).into_condition();
        self.target.filters.push(node);
        self
    }

    /// `UPDATE … SET … FROM …`: the closure's argument holds the columns of all sides; only those of the first can be set.
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn update<A: Assigns<M>>(self, assignments: impl FnOnce(InScopeOf<R>) -> A) -> Update<M, R> {
        let mut list = Vec::new();
        assignments(self.scope).append_to(&mut list);
        Update::joined(self.target.settled(), self.scope, list)
    }

    /// `DELETE FROM … USING …`: of the first side's rows.
    pub fn delete(self) -> Delete<M, R> {
        Delete::joined(self.target.settled(), self.scope)
    }
}

/// Adds a source; gives its columns. What it is joined by stands in WHERE: an ON cannot name the table that is written.
fn add<J: Joinable>(target: &mut Target, joined: J) -> InScopeOf<J::Row> {
    let (from, on) = joined.into_join();
    target.using.push(from.item);
    target.filters.push(on);
    target.filters.extend(from.filters);
    from.scope
}

fn add_lateral<J: Rowset>(target: &mut Target, query: J) -> InScopeOf<J::Row> {
    let mut from = query.into_from();
    // A mere table with filters needs none: those stand in WHERE, too.
    from.item.lateral = matches!(from.item.rows, Origin::Query(_));
    target.using.push(from.item);
    target.filters.extend(from.filters);
    from.scope
}

impl<M: TableModel, R: InScope> fmt::Debug for Using<M, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Using<{}>", M::TABLE.model)
    }
}

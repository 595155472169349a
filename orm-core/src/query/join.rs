//! Joins.

use std::fmt;

use super::from::{Item, Join, JoinKind};
use super::{ClauseScope, Distinct, Fetch, InScope, InScopeOf, Parts, Query, Room, Selected};
use crate::expr::{Condition, InFilter, Source};
use crate::sql::{Node, fresh, orders};

/// What can stand in a FROM clause: a query, whose table is joined as it is if it has no more than filters, and as a
/// derived table otherwise.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot stand in a FROM clause",
    label = "expected a query",
    note = "join a relation (`u.posts()`), or a query with a condition: `Post::query().on(|p| p.author_id.eq(u.id))`"
)]
pub trait Rowset: Sized {
    /// Its rows.
    type Row: InScope;

    /// As an item of a FROM clause.
    #[doc(hidden)]
    fn into_from(self) -> From<Self::Row>;

    /// The condition that it is joined by.
    fn on<C: Condition>(self, condition: impl FnOnce(InScopeOf<Self::Row>) -> C) -> On<Self::Row>
    where
        C::Phase: InFilter,
    {
        let from = self.into_from();
        let on = condition(from.scope).into_condition();
        On { from, on }
    }

    /// As a derived table: the source of a query of its own. `SELECT … FROM (SELECT …)`
    fn subquery(self) -> Query<Self::Row> {
        let from = self.into_from();
        let mut parts = Parts::from(from.item);
        parts.filters = from.filters;
        Query::with_scope(parts, from.scope)
    }
}

/// An item of a FROM clause.
#[doc(hidden)]
pub struct From<R: InScope> {
    pub(crate) item: Item,
    /// What holds for its rows besides.
    pub(crate) filters: Vec<Node>,
    pub(crate) scope: InScopeOf<R>,
}

impl<R: InScope> fmt::Debug for From<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "From({})", self.item.table.model)
    }
}

impl<R: InScope> fmt::Debug for On<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "On({})", self.from.item.table.model)
    }
}

impl<R: InScope> From<R> {
    /// A derived table.
    pub(crate) fn derived(parts: Parts) -> Self {
        Self::of(Item::query(parts))
    }

    /// All rows of an item.
    pub(crate) fn of(item: Item) -> Self {
        let scope = R::fields(item.source);
        Self {
            item,
            filters: Vec::new(),
            scope,
        }
    }
}

impl<R: InScope> Rowset for Query<R> {
    type Row = R;
    fn into_from(mut self) -> From<R> {
        if self.parts.is_one_source() {
            return From {
                item: self.parts.from,
                filters: self.parts.filters,
                scope: self.scope,
            };
        }
        self.select_rows();
        From::derived(self.parts)
    }
}

impl<S: ClauseScope, R: InScope> Rowset for Selected<S, R> {
    type Row = R;
    fn into_from(self) -> From<R> {
        From::derived(self.parts)
    }
}

impl<S: ClauseScope, R: InScope> Rowset for Distinct<S, R> {
    type Row = R;
    fn into_from(self) -> From<R> {
        From::derived(self.into_parts())
    }
}

/// What is joined, and its condition: made by [`Rowset::on`].
#[must_use = "a source does nothing until it is joined"]
pub struct On<R: InScope> {
    from: From<R>,
    on: Node,
}

/// What the closure of a join gives: a relation of the row (`u.posts()`), or a source with its condition
/// (`Post::query().on(|p| …)`).
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be joined",
    label = "expected a relation to many rows, or a query with `.on(…)`",
    note = "join a relation (`u.posts()`), or a query with a condition: `Post::query().on(|p| p.author_id.eq(u.id))`; \
            one to a single row needs no join: `p.author().name` is a column"
)]
pub trait Joinable {
    /// Its rows.
    type Row: InScope;
    /// What is joined, and its condition.
    #[doc(hidden)]
    fn into_join(self) -> (From<Self::Row>, Node);
}

#[diagnostic::do_not_recommend]
impl<R: InScope> Joinable for On<R> {
    type Row = R;
    fn into_join(self) -> (From<R>, Node) {
        (self.from, self.on)
    }
}

/// The rows of a left join.
type Left<R, X> = <R as InScope>::Push<<X as InScope>::Nullable>;
/// The rows of a right join.
type Right<R, X> = <<R as InScope>::Nullable as InScope>::Push<X>;

impl<R: InScope> Query<R> {
    /// `JOIN`: the rows of both sides that belong together. The closure gives a relation (`u.posts()`), or a query with
    /// its condition: `Post::query().on(|p| p.author_id.eq(u.id))`.
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn join<J: Joinable>(self, with: impl FnOnce(InScopeOf<R>) -> J) -> Query<R::Push<J::Row>> where R::Room: Room {
        let mut this = self.before_join();
        let (from, on) = with(this.scope).into_join();
        let scope = this.add(JoinKind::Inner, from, Some(on));
        Query::with_scope(this.parts, R::push::<J::Row>(this.scope, scope))
    }

    /// `LEFT JOIN`: all rows of this side; where none belongs to it, the other side is `None`.
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn left_join<J: Joinable>(self, with: impl FnOnce(InScopeOf<R>) -> J) -> Query<Left<R, J::Row>> where R::Room: Room {
        let mut this = self.before_join();
        let (from, on) = with(this.scope).into_join();
        let scope = J::Row::nullable(this.add(JoinKind::Left, from, Some(on)));
        Query::with_scope(this.parts, R::push::<<J::Row as InScope>::Nullable>(this.scope, scope))
    }

    /// `RIGHT JOIN`: all rows of the other side; where none belongs to it, this side is `None`. The filters of this query
    /// hold for the rows that come out.
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn right_join<J: Joinable>(self, with: impl FnOnce(InScopeOf<R>) -> J) -> Query<Right<R, J::Row>> where <R::Nullable as InScope>::Room: Room {
        let mut this = self.before_join();
        let (from, on) = with(this.scope).into_join();
        let scope = this.add(JoinKind::Right, from, Some(on));
        Query::with_scope(this.parts, R::Nullable::push::<J::Row>(R::nullable(this.scope), scope))
    }

    /// `FULL JOIN`: all rows of both sides, each `None` where the other has no match. The filters of this query hold for
    /// the rows that come out.
    /// PostgreSQL joins so only by conditions that it can merge or hash: an equality between the sides among them, else its
    /// error 0A000.
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn full_join<J: Joinable>(self, with: impl FnOnce(InScopeOf<R>) -> J) -> Query<Left<R::Nullable, J::Row>> where <R::Nullable as InScope>::Room: Room {
        let mut this = self.before_join();
        let (from, on) = with(this.scope).into_join();
        let scope = J::Row::nullable(this.add(JoinKind::Full, from, Some(on)));
        let rows = R::Nullable::push::<<J::Row as InScope>::Nullable>(R::nullable(this.scope), scope);
        Query::with_scope(this.parts, rows)
    }

    /// `CROSS JOIN`: every row of this side with every row of the other.
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn cross_join<J: Rowset>(self, with: impl FnOnce(InScopeOf<R>) -> J) -> Query<R::Push<J::Row>> where R::Room: Room {
        let mut this = self.before_join();
        let from = with(this.scope).into_from();
        let scope = this.add(JoinKind::Cross, from, None);
        Query::with_scope(this.parts, R::push::<J::Row>(this.scope, scope))
    }

    /// `CROSS JOIN LATERAL (SELECT …)`: for each row of this side the rows of a query that refers to it.
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn join_lateral<J: Rowset>(self, with: impl FnOnce(InScopeOf<R>) -> J) -> Query<R::Push<J::Row>> where R::Room: Room {
        let mut this = self.before_join();
        let mut from = with(this.scope).into_from();
        from.item.lateral = true;
        let scope = this.add(JoinKind::Cross, from, None);
        Query::with_scope(this.parts, R::push::<J::Row>(this.scope, scope))
    }

    /// `LEFT JOIN LATERAL (SELECT …) ON TRUE`: for each row of this side the rows of a query that refers to it; `None` if
    /// it gives none.
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn left_join_lateral<J: Rowset>(self, with: impl FnOnce(InScopeOf<R>) -> J) -> Query<Left<R, J::Row>> where R::Room: Room {
        let mut this = self.before_join();
        let mut from = with(this.scope).into_from();
        from.item.lateral = true;
        let scope = J::Row::nullable(this.add(JoinKind::Left, from, None));
        Query::with_scope(this.parts, R::push::<<J::Row as InScope>::Nullable>(this.scope, scope))
    }

    /// With a limit, as a derived table: the limit holds for the rows before the join. The order of one table's rows is
    /// said again outside, where it would be lost.
    fn before_join(self) -> Self {
        if !self.parts.is_bounded() {
            return self;
        }
        let (one_table, inner) = (self.parts.is_one_table(), self.parts.source());
        let order = self.parts.order.clone();
        let mut query = self.subquery();
        if one_table {
            let outer = query.parts.source();
            let moved = |source: Source| {
                if source.root() == inner {
                    source.with_root(outer)
                } else {
                    source
                }
            };
            query.parts.order = orders(&order, &moved);
        }
        query
    }

    /// Adds a join; gives the columns of what is joined.
    fn add<X: InScope>(&mut self, kind: JoinKind, from: From<X>, on: Option<Node>) -> InScopeOf<X> {
        let scope = from.scope;
        let (kind, mut item, on) = joined(kind, from, on);
        if matches!(kind, JoinKind::Right | JoinKind::Full) {
            // PostgreSQL lets what is joined so refer to nothing beside it, be it a function.
            item.lateral = false;
            // A row that nothing leads to, of a relation of many to many, is one of the other side, too.
            for between in &mut item.inner {
                between.kind = JoinKind::Left;
            }
        }
        self.parts.joins.push(Join { kind, item, on });
        scope
    }
}

/// Puts the filters of what is joined where they hold for its rows only: into ON where rows of this side are left out
/// anyway, else into a derived table.
fn joined<X: InScope>(kind: JoinKind, from: From<X>, on: Option<Node>) -> (JoinKind, Item, Option<Node>) {
    let From { item, filters, .. } = from;
    if filters.is_empty() {
        let on = on.or_else(|| (kind != JoinKind::Cross).then(|| Node::all(Vec::new())));
        return (kind, item, on);
    }
    match kind {
        JoinKind::Inner | JoinKind::Left | JoinKind::Cross => {
            let conditions = on.into_iter().chain(filters).collect();
            let kind = if kind == JoinKind::Cross { JoinKind::Inner } else { kind };
            (kind, item, Some(Node::all(conditions)))
        }
        JoinKind::Right | JoinKind::Full => (kind, filtered(item, filters), on),
    }
}

/// An item whose rows are kept where they have no match: its filters hold inside of a derived table.
pub(crate) fn preserved<X: InScope>(from: From<X>) -> Item {
    match from.filters.is_empty() {
        true => from.item,
        false => filtered(from.item, from.filters),
    }
}

/// A derived table of an item's rows, under the same source.
fn filtered(mut item: Item, filters: Vec<Node>) -> Item {
    let outer = item.source;
    // What ties a relation of many to many stays outside: its condition names the rows of the model between.
    let between = std::mem::take(&mut item.inner);
    let mut parts = Parts::from(item);
    parts.filters = filters;
    let inner = parts.map_sources(&fresh(parts.roots()));
    let mut item = Item::query(inner.with_all_columns());
    item.source = outer;
    item.inner = between;
    item
}

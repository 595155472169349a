//! `u.posts()`: the rows that belong to a row, as a source inside of the query.

use std::fmt;
use std::marker::PhantomData;

use super::from::{Item, Join, JoinKind};
use super::join::{From, Joinable};
use super::{Group, MinMax, Parts, Query, Selected, Summable, exists};
use crate::driver::Param;
use crate::error::Error;
use crate::expr::{Aggregate, Base, Condition, Expr, Expression, InAggregate, InFilter, InSelect, Select, Source};
use crate::load::{ManyScope, OfMany};
use crate::model::{ColumnDef, Fields, FieldsOf, Keys, Model};
use crate::sql::{Level, Node, fresh};
use crate::types::{DbType, ValueError};

/// The rows of a relation that leads to many: `u.posts()`. It can be joined, filtered, and asked for what it holds: each
/// question is a correlated sub-select, so the rows around it stay as many as they are.
#[must_use = "a relation does nothing until it is part of a query"]
pub struct Many<M> {
    item: Item,
    /// What ties its rows to the row at hand.
    pairs: Vec<Pair>,
    filters: Vec<Node>,
    model: PhantomData<fn() -> M>,
}

/// Two columns that are equal: that of a row, and that of the row which it belongs to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pair {
    pub(crate) source: Source,
    pub(crate) column: &'static ColumnDef,
    pub(crate) of: Source,
    pub(crate) of_column: &'static ColumnDef,
}

impl Pair {
    fn all(source: Source, of: Source, keys: Keys) -> Vec<Self> {
        let pair = |(column, of_column)| Self {
            source,
            column,
            of,
            of_column,
        };
        keys.into_iter().map(pair).collect()
    }

    /// The same columns of other sources.
    pub(crate) fn moved(self, map: &dyn Fn(Source) -> Source) -> Self {
        Self {
            source: map(self.source),
            of: map(self.of),
            ..self
        }
    }

    /// `there = here AND …`
    pub(crate) fn equal(pairs: &[Self]) -> Node {
        let equal = |pair: &Self| {
            let there = Node::Column(pair.source, pair.column);
            let here = Node::Column(pair.of, pair.of_column);
            Node::infix(&["", " = ", ""], Level::Comparison, there, here)
        };
        Node::all(pairs.iter().map(equal).collect())
    }
}

impl<M: Model> Many<M> {
    /// The rows whose `keys` (first of each pair) are those of a parent (second).
    pub(crate) fn new(parent: Source, keys: Keys) -> Self {
        let item = Item::table(M::TABLE);
        Self {
            pairs: Pair::all(item.source, parent, keys),
            filters: Vec::new(),
            item,
            model: PhantomData,
        }
    }

    /// The rows that another table leads to: its keys to the parent, and to this model.
    pub(crate) fn through<T: Model>(parent: Source, to_parent: Keys, to_model: Keys) -> Self {
        let mut item = Item::table(M::TABLE);
        let between = Item::table(T::TABLE);
        let pairs = Pair::all(between.source, parent, to_parent);
        let on = Pair::equal(&Pair::all(between.source, item.source, to_model));
        item.inner.push(Join {
            kind: JoinKind::Inner,
            item: between,
            on: Some(on),
        });
        Self {
            pairs,
            filters: Vec::new(),
            item,
            model: PhantomData,
        }
    }

    /// The item of a FROM clause, what ties it to the row at hand, and its filters.
    pub(crate) fn into_pieces(self) -> (Item, Vec<Pair>, Vec<Node>) {
        (self.item, self.pairs, self.filters)
    }

    /// A query of the rows that belong to a row whose columns have these values.
    pub(crate) fn of_row(self, param: impl Fn(&ColumnDef) -> Result<Param, Error>) -> Query<M> {
        let scope = self.scope();
        let mut parts = Parts::from(self.item);
        for pair in &self.pairs {
            let here = Node::param(param(pair.of_column).unwrap_or_else(|error| Param {
                ty: pair.of_column.ty,
                bytes: Err(ValueError::new(error.to_string())),
                scope: None,
            }));
            let there = Node::Column(pair.source, pair.column);
            parts
                .filters
                .push(Node::infix(&["", " = ", ""], Level::Comparison, there, here));
        }
        parts.filters.extend(self.filters);
        Query::with_scope(parts, scope)
    }

    /// What its rows come from.
    pub(crate) fn roots(&self, roots: &mut Vec<Source>) {
        self.item.roots(roots);
    }

    /// Its columns.
    pub(crate) fn scope(&self) -> FieldsOf<M> {
        FieldsOf::<M>::at(self.item.source)
    }

    /// With the rows that the standing filter of `M` hides. Those of a model between stay hidden.
    pub fn with_hidden(mut self) -> Self {
        self.item.with_hidden = true;
        self
    }

    /// With the rows of all tenants. Those of a model between stay hidden.
    pub fn all_tenants(mut self) -> Self {
        self.item.all_tenants = true;
        self
    }

    /// Only the rows for which this holds.
    pub fn filter<C: Condition>(mut self, condition: impl FnOnce(FieldsOf<M>) -> C) -> Self
    where
        C::Phase: InFilter,
    {
        let condition = condition(self.scope()).into_condition();
        self.filters.push(condition);
        self
    }

    /// A query of the rows, to be ordered, limited, grouped or joined further: for `join_lateral`, `exists` and the like.
    pub fn query(self) -> Query<M> {
        let scope = self.scope();
        let mut parts = Parts::from(self.item);
        parts.filters.push(Pair::equal(&self.pairs));
        parts.filters.extend(self.filters);
        Query::with_scope(parts, scope)
    }

    /// Something of the rows: to be loaded, or for `in_` and the like.
    pub fn select<S: Select>(self, select: impl FnOnce(FieldsOf<M>) -> S) -> Selected<OfMany<M>, S::Row>
    where
        S::Phase: InSelect,
    {
        let fields = self.scope();
        let mut items = Vec::new();
        select(fields).append_to(&mut items);
        let mut parts = Parts::from(self.item);
        parts.filters.push(Pair::equal(&self.pairs));
        parts.filters.extend(self.filters);
        parts.items = Some(items);
        let pairs = self.pairs;
        Selected::new(parts, ManyScope { fields, pairs })
    }

    /// Whether there is a row: `EXISTS (…)`.
    pub fn exists(self) -> Expr<bool> {
        exists(self.query())
    }

    /// Whether this holds for at least one row: `EXISTS (… AND condition)`.
    pub fn any<C: Condition>(self, condition: impl FnOnce(FieldsOf<M>) -> C) -> Expr<bool>
    where
        C::Phase: InFilter,
    {
        self.filter(condition).exists()
    }

    /// Whether this holds for every row, as it does when there is none: `NOT EXISTS (… AND (condition) IS NOT TRUE)`. A row
    /// whose condition is NULL does not fulfil it.
    pub fn every<C: Condition>(mut self, condition: impl FnOnce(FieldsOf<M>) -> C) -> Expr<bool>
    where
        C::Phase: InFilter,
    {
        let condition = condition(self.scope()).into_condition();
        self.filters
            .push(Node::sql(&["", " IS NOT TRUE"], Level::Is, [condition]));
        super::not_exists(self.query())
    }

    /// Any aggregate of the rows: `u.posts().aggregate(|g| g.max(|p| p.score))`.
    pub fn aggregate<T: DbType>(self, aggregate: impl FnOnce(Group<M, ()>) -> Expr<T, Aggregate>) -> Expr<T>
    where
        Expr<T, Aggregate>: Select<Row = T>,
    {
        self.query().aggregate(aggregate).scalar()
    }

    /// How many rows there are; never NULL.
    pub fn count(self) -> Expr<i64> {
        self.aggregate(|group| group.count())
    }

    /// The sum of something; NULL of no rows.
    pub fn sum<E: Expression>(self, value: impl FnOnce(FieldsOf<M>) -> E) -> Expr<<Base<E> as Summable>::Sum>
    where
        Base<E>: Summable,
        E::Phase: InAggregate,
        Expr<<Base<E> as Summable>::Sum, Aggregate>: Select<Row = <Base<E> as Summable>::Sum>,
    {
        self.aggregate(|group| group.sum(value))
    }

    /// The average of something; NULL of no rows.
    pub fn avg<E: Expression>(self, value: impl FnOnce(FieldsOf<M>) -> E) -> Expr<<Base<E> as Summable>::Average>
    where
        Base<E>: Summable,
        E::Phase: InAggregate,
        Expr<<Base<E> as Summable>::Average, Aggregate>: Select<Row = <Base<E> as Summable>::Average>,
    {
        self.aggregate(|group| group.avg(value))
    }

    /// The smallest of something; NULL of no rows.
    pub fn min<E: Expression>(self, value: impl FnOnce(FieldsOf<M>) -> E) -> Expr<<Base<E> as MinMax>::Gives>
    where
        Base<E>: MinMax,
        E::Phase: InAggregate,
        Expr<<Base<E> as MinMax>::Gives, Aggregate>: Select<Row = <Base<E> as MinMax>::Gives>,
    {
        self.aggregate(|group| group.min(value))
    }

    /// The greatest of something; NULL of no rows.
    pub fn max<E: Expression>(self, value: impl FnOnce(FieldsOf<M>) -> E) -> Expr<<Base<E> as MinMax>::Gives>
    where
        Base<E>: MinMax,
        E::Phase: InAggregate,
        Expr<<Base<E> as MinMax>::Gives, Aggregate>: Select<Row = <Base<E> as MinMax>::Gives>,
    {
        self.aggregate(|group| group.max(value))
    }
}

#[diagnostic::do_not_recommend]
impl<M: Model> Joinable for Many<M> {
    type Row = M;
    fn into_join(self) -> (From<M>, Node) {
        let from = From {
            scope: self.scope(),
            item: self.item,
            filters: self.filters,
        };
        (from, Pair::equal(&self.pairs))
    }
}

/// A copy has a source of its own, so that it can stand inside of the original.
impl<M> Clone for Many<M> {
    fn clone(&self) -> Self {
        let mut roots = Vec::new();
        self.item.roots(&mut roots);
        let map = fresh(roots);
        Self {
            item: self.item.map_sources(&map),
            pairs: self.pairs.iter().map(|pair| pair.moved(&map)).collect(),
            filters: self.filters.iter().map(|filter| filter.map_sources(&map)).collect(),
            model: PhantomData,
        }
    }
}

impl<M: Model> fmt::Debug for Many<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Many<{}>", M::TABLE.model)
    }
}

//! `u.posts()`: the rows that belong to a row, as a source inside of the query.

use std::fmt;
use std::marker::PhantomData;

use super::from::{Item, Join, JoinKind};
use super::join::{From, Joinable};
use super::{Group, MinMax, Parts, Query, Selected, Summable, exists};
use crate::expr::{Aggregate, Base, Condition, Expr, Expression, InAggregate, InFilter, InSelect, Select, Source};
use crate::model::{Fields, FieldsOf, Keys, Model};
use crate::sql::{Level, Node};
use crate::types::DbType;

/// The rows of a relation that leads to many: `u.posts()`. It can be joined, filtered, and asked for what it holds: each
/// question is a correlated sub-select, so the rows around it stay as many as they are.
#[must_use = "a relation does nothing until it is part of a query"]
pub struct Many<M> {
    item: Item,
    /// What ties its rows to the row at hand.
    keys: Node,
    filters: Vec<Node>,
    model: PhantomData<fn() -> M>,
}

impl<M: Model> Many<M> {
    /// The rows whose `keys` (first of each pair) are those of a parent (second).
    pub(crate) fn new(parent: Source, keys: Keys) -> Self {
        let item = Item::table(M::TABLE);
        Self {
            keys: equal(item.source, parent, keys),
            filters: Vec::new(),
            item,
            model: PhantomData,
        }
    }

    /// The rows that another table leads to: its keys to the parent, and to this model.
    pub(crate) fn through<T: Model>(parent: Source, to_parent: Keys, to_model: Keys) -> Self {
        let mut item = Item::table(M::TABLE);
        let between = Item::table(T::TABLE);
        let keys = equal(between.source, parent, to_parent);
        let on = equal(between.source, item.source, to_model);
        item.inner.push(Join {
            kind: JoinKind::Inner,
            item: between,
            on: Some(on),
        });
        Self {
            keys,
            filters: Vec::new(),
            item,
            model: PhantomData,
        }
    }

    /// Its columns.
    fn scope(&self) -> FieldsOf<M> {
        FieldsOf::<M>::at(self.item.source)
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
        parts.filters.push(self.keys);
        parts.filters.extend(self.filters);
        Query::with_scope(parts, scope)
    }

    /// A query of something of the rows: for `in_` and the like.
    pub fn select<S: Select>(self, select: impl FnOnce(FieldsOf<M>) -> S) -> Selected<M, S::Row>
    where
        S::Phase: InSelect,
    {
        self.query().select(select)
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

/// `there = here AND …` of the pairs.
fn equal(there: Source, here: Source, keys: Keys) -> Node {
    let pairs = keys.into_iter().map(|(column, of_parent)| {
        let (left, right) = (Node::Column(there, column), Node::Column(here, of_parent));
        Node::infix(&["", " = ", ""], Level::Comparison, left, right)
    });
    Node::all(pairs.collect())
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
        (from, self.keys)
    }
}

impl<M: Model> fmt::Debug for Many<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Many<{}>", M::TABLE.model)
    }
}

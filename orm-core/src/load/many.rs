//! Loading relations to many rows.

use std::fmt;
use std::marker::PhantomData;

use super::child_query::ChildQuery;
use super::many_slot::ManySlot;
use super::{Grown, Items, Level, Load, Rows};
use crate::expr::{Condition, InFilter, InSelect, Orders, Select, Source};
use crate::model::{FieldsOf, Model};
use crate::query::{And, ClauseScope, InScope, Many, Pair, Selected};

/// The rows that belong to each row at hand, as they are to be loaded: ordered, limited, with what belongs to them in turn.
/// `T` is what each becomes.
#[must_use = "a relation does nothing until it is loaded by `with`"]
pub struct ManyLoad<M: Model, T> {
    pub(super) query: ChildQuery,
    pub(super) scope: FieldsOf<M>,
    pub(super) rows: Box<dyn Level<T>>,
}

/// How the rows of a relation to many are found. All give the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Strategy {
    /// Along with the rows above where that is possible, else after them.
    #[default]
    Auto,
    /// After the rows above, by their keys as one array parameter for each column of the key.
    Keys,
    /// As [`Keys`](Self::Keys), with a sub-select for each row above (`LATERAL`), which is how those with a limit are
    /// always found: good where few of many rows belong to each.
    Lateral,
}

impl<M: Model> Many<M> {
    /// With what belongs to each of the rows, when they are loaded: `u.posts().with(|p| p.comments())` gives
    /// `Vec<(Post, Vec<Comment>)>`.
    pub fn with<L: Load>(self, load: impl FnOnce(FieldsOf<M>) -> L) -> ManyLoad<M, <M as And>::And<L::Value>> {
        self.load().with(load)
    }

    /// The order in which the rows are loaded: appended to the terms there are.
    pub fn order_by<O: Orders>(self, order: impl FnOnce(FieldsOf<M>) -> O) -> ManyLoad<M, M>
    where
        O::Phase: InSelect,
    {
        self.load().order_by(order)
    }

    /// At most so many rows for each row that they belong to, when they are loaded. Say by `order_by` which ones.
    pub fn limit_per_parent(self, rows: u64) -> ManyLoad<M, M> {
        self.load().limit_per_parent(rows)
    }

    /// How the rows are found when they are loaded: [`Strategy`].
    pub fn strategy(self, strategy: Strategy) -> ManyLoad<M, M> {
        self.load().strategy(strategy)
    }

    /// As it is to be loaded.
    pub(crate) fn load(self) -> ManyLoad<M, M> {
        let scope = self.scope();
        let (item, pairs, filters) = self.into_pieces();
        let mut roots = Vec::new();
        item.roots(&mut roots);
        let mut items = Items::of_children(roots);
        let at = items.part::<M>(|nodes| <M as InScope>::append(scope, nodes));
        ManyLoad {
            query: ChildQuery::new(item, pairs, filters, items),
            scope,
            rows: Box::new(Rows::new(super::Cells::<M>::new(at))),
        }
    }
}

impl<M: Model, T: Send + 'static> ManyLoad<M, T> {
    /// Only the rows for which this holds.
    pub fn filter<C: Condition>(mut self, condition: impl FnOnce(FieldsOf<M>) -> C) -> Self
    where
        C::Phase: InFilter,
    {
        self.query.filters.push(condition(self.scope).into_condition());
        self
    }

    /// The order of the rows that belong to one row: appended to the terms there are.
    pub fn order_by<O: Orders>(mut self, order: impl FnOnce(FieldsOf<M>) -> O) -> Self
    where
        O::Phase: InSelect,
    {
        order(self.scope).append_to(&mut self.query.order);
        self
    }

    /// At most so many rows for each row that they belong to: the first ones by the order. The last call counts.
    pub fn limit_per_parent(mut self, rows: u64) -> Self {
        self.query.limit = Some(rows);
        self
    }

    /// Without the first rows of each row that they belong to.
    pub fn offset_per_parent(mut self, rows: u64) -> Self {
        self.query.offset = Some(rows);
        self
    }

    /// How the rows are found: [`Strategy`].
    pub fn strategy(mut self, strategy: Strategy) -> Self {
        self.query.strategy = strategy;
        self
    }
}

impl<M: Model> ManyLoad<M, M> {
    /// Of each row only this: a column, an expression, or a tuple of these.
    pub fn select<S: Select>(mut self, select: impl FnOnce(FieldsOf<M>) -> S) -> ManyLoad<M, S::Row>
    where
        S::Phase: InSelect,
    {
        let mut items = Items::of_children(self.query.items.roots);
        let at = items.part::<S::Row>(|nodes| select(self.scope).append_to(nodes));
        self.query.items = items;
        ManyLoad {
            query: self.query,
            scope: self.scope,
            rows: Box::new(Rows::new(super::Cells::<S::Row>::new(at))),
        }
    }
}

impl<M: Model, T: And + Send + 'static> ManyLoad<M, T> {
    /// With what belongs to each of the rows in turn.
    pub fn with<L: Load>(mut self, load: impl FnOnce(FieldsOf<M>) -> L) -> ManyLoad<M, T::And<L::Value>> {
        let slot = load(self.scope).into_slot(&mut self.query.items);
        ManyLoad {
            rows: Box::new(Grown {
                rows: self.rows,
                added: Rows::new(slot),
            }),
            query: self.query,
            scope: self.scope,
        }
    }
}

impl<M: Model, R: crate::types::FromRow> Selected<OfMany<M>, R> {
    /// Only the rows for which this holds.
    pub fn filter<C: Condition>(mut self, condition: impl FnOnce(FieldsOf<M>) -> C) -> Self
    where
        C::Phase: InFilter,
    {
        self.parts.filters.push(condition(self.scope.fields).into_condition());
        self
    }

    /// `ORDER BY`: appended to the terms there are.
    pub fn order_by<O: Orders>(mut self, order: impl FnOnce(FieldsOf<M>) -> O) -> Self
    where
        O::Phase: InSelect,
    {
        order(self.scope.fields).append_to(&mut self.parts.order);
        self
    }
}

/// What a relation's closures receive after `select`.
pub struct OfMany<M>(PhantomData<fn() -> M>);

/// The columns of a relation's rows, and what ties them to the row at hand.
pub struct ManyScope<M: Model> {
    pub(crate) fields: FieldsOf<M>,
    pub(crate) pairs: Vec<Pair>,
}

impl<M: Model> Clone for ManyScope<M> {
    fn clone(&self) -> Self {
        let (fields, pairs) = (self.fields, self.pairs.clone());
        Self { fields, pairs }
    }
}

impl<M: Model> ClauseScope for OfMany<M> {
    type Scope = ManyScope<M>;
    fn moved(scope: &ManyScope<M>, map: &dyn Fn(Source) -> Source) -> ManyScope<M> {
        ManyScope {
            fields: <M as InScope>::map_sources(scope.fields, map),
            pairs: scope.pairs.iter().map(|pair| pair.moved(map)).collect(),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<M: Model, T: Send + 'static> Load for ManyLoad<M, T> {
    type Value = Vec<T>;
    type Slot = ManySlot<T>;
    fn into_slot(self, items: &mut Items) -> ManySlot<T> {
        ManySlot::new(self.query, self.rows, items)
    }
}

#[diagnostic::do_not_recommend]
impl<M: Model> Load for Many<M> {
    type Value = Vec<M>;
    type Slot = ManySlot<M>;
    fn into_slot(self, items: &mut Items) -> ManySlot<M> {
        self.load().into_slot(items)
    }
}

#[diagnostic::do_not_recommend]
impl<M: Model, R: crate::types::FromRow> Load for Selected<OfMany<M>, R> {
    type Value = Vec<R>;
    type Slot = ManySlot<R>;
    fn into_slot(self, above: &mut Items) -> ManySlot<R> {
        let mut items = Items::of_children(Vec::new());
        let mut parts = self.parts;
        let nodes = parts.items.take().unwrap_or_default();
        let at = items.part::<R>(|list| *list = nodes);
        let query = ChildQuery::of_parts(parts, self.scope.pairs, items);
        let rows = Box::new(Rows::new(super::Cells::<R>::new(at)));
        ManySlot::new(query, rows, above)
    }
}

impl<M: Model, T> fmt::Debug for ManyLoad<M, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ManyLoad<{}>", M::TABLE.model)
    }
}

impl<M> fmt::Debug for OfMany<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OfMany")
    }
}

impl<M: Model> fmt::Debug for ManyScope<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ManyScope<{}>", M::TABLE.model)
    }
}

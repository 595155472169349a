//! A relation to many in a shape: filtered, ordered and limited by the field's attributes.

use std::any::{TypeId, type_name};

use super::super::{ChildQuery, Items, ManySlot, Pending, Rows, Slot};
use super::slot::{Inner, ShapePart};
use super::{Gives, ShapeOf};
use crate::driver::Row;
use crate::error::Error;
use crate::expr::{Condition, InFilter, InSelect, Order, Orders};
use crate::model::{FieldsOf, Model};
use crate::query::Many;

/// The rows of a relation, as a field of a shape wants them.
#[derive(Debug)]
pub struct Related<M: Model> {
    many: Many<M>,
    order: Vec<Order>,
    limit: Option<u64>,
    depth: Option<usize>,
}

/// What `filter`, `order_by`, `limit` and `depth` of a field are for.
#[diagnostic::on_unimplemented(
    message = "`{Self}` leads to no rows that could be filtered, ordered or limited",
    label = "`filter`, `order_by`, `limit` and `depth` are for relations to many",
    note = "remove these attributes from the field"
)]
pub trait RelationToMany {
    /// The model of its rows.
    type Model: Model;
    /// As it is to be read.
    fn into_related(self) -> Related<Self::Model>;
}

#[diagnostic::do_not_recommend]
impl<M: Model> RelationToMany for Many<M> {
    type Model = M;
    fn into_related(self) -> Related<M> {
        Related {
            many: self,
            order: Vec::new(),
            limit: None,
            depth: None,
        }
    }
}

/// A relation with attributes.
pub fn many<R: RelationToMany>(relation: R) -> Related<R::Model> {
    relation.into_related()
}

impl<M: Model> Related<M> {
    /// `filter = |p| …`
    #[must_use]
    pub fn filter<C: Condition>(mut self, condition: impl FnOnce(FieldsOf<M>) -> C) -> Self
    where
        C::Phase: InFilter,
    {
        self.many = self.many.filter(condition);
        self
    }

    /// `filter = |p, params| …`
    #[must_use]
    pub fn filter_with<P, C: Condition>(self, params: &P, condition: impl FnOnce(FieldsOf<M>, &P) -> C) -> Self
    where
        C::Phase: InFilter,
    {
        self.filter(|fields| condition(fields, params))
    }

    /// `order_by = |p| …`
    #[must_use]
    pub fn order_by<O: Orders>(mut self, order: impl FnOnce(FieldsOf<M>) -> O) -> Self
    where
        O::Phase: InSelect,
    {
        order(self.many.scope()).append_to(&mut self.order);
        self
    }

    /// `order_by = |p, params| …`
    #[must_use]
    pub fn order_by_with<P, O: Orders>(self, params: &P, order: impl FnOnce(FieldsOf<M>, &P) -> O) -> Self
    where
        O::Phase: InSelect,
    {
        self.order_by(|fields| order(fields, params))
    }

    /// `limit = 3`: for each row that they belong to.
    #[must_use]
    pub const fn limit(mut self, rows: u64) -> Self {
        self.limit = Some(rows);
        self
    }

    /// `limit = |params| …`
    #[must_use]
    pub fn limit_with<P>(self, params: &P, limit: impl FnOnce(&P) -> u64) -> Self {
        self.limit(limit(params))
    }

    /// `depth = 3`: so often may the shape of these rows stand inside of itself.
    #[must_use]
    pub const fn depth(mut self, levels: usize) -> Self {
        self.depth = Some(levels);
        self
    }

    pub(super) fn part<S: ShapeOf<M>, P: Gives<S::Params>>(
        self,
        params: &P,
        items: &mut Items,
    ) -> impl ShapePart<Value = Vec<S>> + use<M, S, P> {
        let shape = TypeId::of::<S>();
        let inside = items.shapes.iter().filter(|outer| **outer == shape).count();
        if inside >= self.depth.unwrap_or(1) {
            if self.depth.is_none() {
                items.endless = Some(type_name::<S>());
            }
            return Inner(Below(None));
        }
        let mut below = items.below(shape);
        let slot = S::slot(self.many.scope(), params.give(), &mut below);
        let (item, pairs, filters) = self.many.into_pieces();
        let mut query = ChildQuery::new(item, pairs, filters, below);
        (query.order, query.limit) = (self.order, self.limit);
        Inner(Below(Some(ManySlot::new(query, Box::new(Rows::new(slot)), items))))
    }
}

/// The rows of a relation, or none at all where it is deep enough.
struct Below<T>(Option<ManySlot<T>>);

impl<T: Send + 'static> Slot for Below<T> {
    type Now = ();
    type Value = Vec<T>;
    const COMPLETE: bool = false;

    fn read(&mut self, row: &Row<'_>) -> Result<(), Error> {
        self.0.as_mut().map_or(Ok(()), |slot| slot.read(row))
    }

    fn loads<'a>(&'a mut self, loads: &mut Vec<&'a mut dyn Pending>) {
        if let Some(slot) = &mut self.0 {
            slot.loads(loads);
        }
    }

    fn finish(&mut self, (): ()) -> Vec<T> {
        self.0.as_mut().map_or_else(Vec::new, |slot| slot.finish(()))
    }
}

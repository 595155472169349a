//! A relation to many in a shape: filtered, ordered and limited by the field's attributes.

use std::any::{TypeId, type_name};
use std::marker::PhantomData;

use super::super::{ChildQuery, Items, ManySlot, Pending, Slot};
use super::{Nested, ShapeOf};
use crate::driver::Row;
use crate::error::Error;
use crate::expr::{Condition, InFilter, InSelect, Order, Orders};
use crate::model::{FieldsOf, Model};
use crate::query::Many;

/// The rows of a relation, as a field of a shape wants them.
#[derive(Debug)]
pub struct RelatedRows<M: Model> {
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
    fn into_related(self) -> RelatedRows<Self::Model>;
}

#[diagnostic::do_not_recommend]
impl<M: Model> RelationToMany for Many<M> {
    type Model = M;
    fn into_related(self) -> RelatedRows<M> {
        RelatedRows {
            many: self,
            order: Vec::new(),
            limit: None,
            depth: None,
        }
    }
}

/// A relation with attributes.
pub fn many<R: RelationToMany>(relation: R) -> RelatedRows<R::Model> {
    relation.into_related()
}

impl<M: Model> RelatedRows<M> {
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

    pub(super) fn part<S: ShapeOf<M>>(self, params: &S::Params, items: &mut Items) -> Nested<Vec<S>> {
        let shape = TypeId::of::<S>();
        let inside = items.shapes.iter().filter(|outer| **outer == shape).count();
        if inside >= self.depth.unwrap_or(1) {
            if self.depth.is_none() {
                items.endless = Some(type_name::<S>());
            }
            return Nested::of(Bottom(PhantomData));
        }
        let mut roots = Vec::new();
        self.many.roots(&mut roots);
        let mut below = items.below(shape, roots);
        let rows = S::level(self.many.scope(), params, &mut below);
        let (item, pairs, filters) = self.many.into_pieces();
        let mut query = ChildQuery::new(item, pairs, filters, below);
        (query.order, query.limit) = (self.order, self.limit);
        Nested::of(ManySlot::new(query, rows, items))
    }
}

/// Where a shape is deep enough inside of itself: a list of nothing.
struct Bottom<T>(PhantomData<fn() -> T>);

impl<T: Send + 'static> Slot for Bottom<T> {
    type Now = ();
    type Value = Vec<T>;
    const COMPLETE: bool = true;

    fn read(&mut self, _: &Row<'_>) -> Result<(), Error> {
        Ok(())
    }

    fn loads<'a>(&'a mut self, _: &mut Vec<&'a mut dyn Pending>) {}

    fn finish(&mut self, (): ()) -> Vec<T> {
        Vec::new()
    }
}

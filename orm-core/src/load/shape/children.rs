//! `shape`: of queries and of relations that `with` loads.

use std::fmt;

use super::super::one::presence;
use super::super::{Items, Load, LoadNull, ManyLoad};
use super::{Nested, ParamsOf, ShapeOf};
use crate::model::{Fields, FieldsOf, Model};
use crate::query::{Loading, Many, Query};

impl<M: Model> Query<M> {
    /// Reads each row as a shape, with the filters, order and limit there are: `User::query().filter(…).shape::<UserCard>()`.
    pub fn shape<S: ShapeOf<M>>(self) -> Loading<M, S>
    where
        (): ParamsOf<S::Params>,
    {
        self.shape_with(())
    }

    /// As [`shape`](Self::shape), of one that takes something at run time.
    pub fn shape_with<S: ShapeOf<M>>(self, params: impl ParamsOf<S::Params>) -> Loading<M, S> {
        self.read_as(&params.into_params())
    }

    fn read_as<S: ShapeOf<M>>(self, params: &S::Params) -> Loading<M, S> {
        let mut items = Items::of(self.parts.roots());
        let rows = S::level(self.scope, params, &mut items);
        Loading::new(self.parts, self.scope, items, rows)
    }
}

impl<M: Model> Many<M> {
    /// Each of the rows as a shape, when they are loaded: `u.posts().shape::<PostCard>()` gives `Vec<PostCard>`.
    pub fn shape<S: ShapeOf<M>>(self) -> ManyLoad<M, S>
    where
        (): ParamsOf<S::Params>,
    {
        self.load().shape_with(())
    }

    /// As [`shape`](Self::shape), of one that takes something at run time.
    pub fn shape_with<S: ShapeOf<M>>(self, params: impl ParamsOf<S::Params>) -> ManyLoad<M, S> {
        self.load().shape_with(params)
    }
}

impl<M: Model> ManyLoad<M, M> {
    /// Each of the rows as a shape.
    pub fn shape<S: ShapeOf<M>>(self) -> ManyLoad<M, S>
    where
        (): ParamsOf<S::Params>,
    {
        self.shape_with(())
    }

    /// As [`shape`](Self::shape), of one that takes something at run time.
    pub fn shape_with<S: ShapeOf<M>>(self, params: impl ParamsOf<S::Params>) -> ManyLoad<M, S> {
        self.read_as(&params.into_params())
    }

    fn read_as<S: ShapeOf<M>>(mut self, params: &S::Params) -> ManyLoad<M, S> {
        let mut items = Items::of_children(self.query.items.roots.clone());
        let rows = S::level(self.scope, params, &mut items);
        self.query.items = items;
        ManyLoad {
            query: self.query,
            scope: self.scope,
            rows,
        }
    }
}

/// Loading the row that a relation to one leads to as a shape.
pub trait LoadShape: Fields<Null: LoadNull> {
    /// That row as a shape: `p.author().shape::<UserName>()`, an `Option` of it where there may be none.
    fn shape<S: ShapeOf<Self::Model>>(self) -> OneShape<Self, S>
    where
        (): ParamsOf<S::Params>,
    {
        self.shape_with(())
    }

    /// As [`shape`](Self::shape), of one that takes something at run time.
    fn shape_with<S: ShapeOf<Self::Model>>(self, params: impl ParamsOf<S::Params>) -> OneShape<Self, S> {
        let (of, params) = (self, params.into_params());
        OneShape { of, params }
    }
}

impl<F: Fields<Null: LoadNull>> LoadShape for F {}

/// The row that a relation to one leads to, as a shape.
#[must_use = "a relation does nothing until it is loaded by `with`"]
pub struct OneShape<F: Fields, S: ShapeOf<F::Model>> {
    of: F,
    params: S::Params,
}

#[diagnostic::do_not_recommend]
impl<F: Fields<Null: LoadNull>, S: ShapeOf<F::Model>> Load for OneShape<F, S> {
    type Value = <F::Null as LoadNull>::Value<S>;
    type Slot = <F::Null as LoadNull>::Slot<Nested<S>>;
    fn into_slot(self, items: &mut Items) -> Self::Slot {
        let rows = S::level(FieldsOf::<F::Model>::at(self.of.source()), &self.params, items);
        let part = Nested::new(rows);
        <F::Null as LoadNull>::slot(part, || presence(self.of, items))
    }
}

impl<F: Fields, S: ShapeOf<F::Model>> fmt::Debug for OneShape<F, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OneShape<{}>", F::Model::TABLE.model)
    }
}

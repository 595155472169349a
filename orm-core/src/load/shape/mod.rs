//! Shapes: structs that say what is read.
//!
//! `#[derive(Shape)]` writes [`ShapeOf`]: for each field it takes the column, expression or relation of the model's columns
//! ([`source`]), which say how the field is filled ([`field`]), and puts the fields together ([`slot`]).

mod children;
mod field;
mod params;
mod related;
mod slot;
mod source;

pub use children::{LoadShape, OneShape};
pub use field::{
    Begun, FieldCell, FieldKind, FieldSource, FillsField, HoldsCell, HoldsMany, HoldsPerhaps, Loaded, NotMany,
    NotMissing, RelatedRow, ShapeField, begin, flattened,
};
pub use params::{GivesParams, ParamsOf, ShapeParams};
pub use related::{RelatedRows, RelationToMany, many};
pub use slot::{Cell, CellValue, Complete, Flag, Incomplete, Nested, NestedValue, ShapePart, Shaping};
pub use source::{ReadFrom, computed, computed_with, read};

use super::{Cells, Items, Level, Rows};
use crate::model::{FieldsOf, Model};
use crate::query::{InScope, Loading, Parts};

/// What the rows of `M` can be read as: a struct that derives `Shape`, or the model itself.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a shape of `{M}`",
    label = "not a shape of `{M}`",
    note = "the rows of a relation are read as `{M}` itself, or as a struct with `#[derive(Shape)]` and `#[orm(of = {M})]`"
)]
pub trait ShapeOf<M: Model>: Sized + Send + 'static {
    /// What it takes at run time.
    #[doc(hidden)]
    type Params;
    /// Adds what it reads to the level's select list.
    #[doc(hidden)]
    fn level(fields: FieldsOf<M>, params: &Self::Params, items: &mut Items) -> Box<dyn Level<Self>>;
}

#[diagnostic::do_not_recommend]
impl<M: Model> ShapeOf<M> for M {
    type Params = ();
    fn level(fields: FieldsOf<M>, (): &(), items: &mut Items) -> Box<dyn Level<M>> {
        let cells = Cells::new(items.part::<M>(|nodes| <M as InScope>::append(fields, nodes)));
        Box::new(Rows::new(cells))
    }
}

/// A struct that says what is read of a model. Written by `#[derive(Shape)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a shape",
    label = "not a shape",
    note = "put `#[derive(Shape)]` and `#[orm(of = Model)]` on it"
)]
pub trait Shape: ShapeOf<Self::Model> {
    /// The model.
    type Model: Model;
}

/// Reading a shape. A trait, so that a function `query` of your own on the struct wins over it. Written by `#[derive(Shape)]`.
pub trait ReadShape: Shape {
    /// A query of the model's rows, each read as this shape: filtered, ordered and limited by the model's columns.
    ///
    /// RelatedRow statement is sent for the columns, the expressions and the relations to one, and one more for each relation to
    /// many, whatever the number of rows. Only what the fields name is read.
    fn query() -> Loading<Self::Model, Self>
    where
        (): ParamsOf<<Self as ShapeOf<Self::Model>>::Params>,
    {
        Self::query_with(())
    }

    /// As [`query`](Self::query), of a shape that takes something at run time: what its closures receive as their second
    /// argument (`#[orm(params = Viewer)]`).
    fn query_with(params: impl ParamsOf<<Self as ShapeOf<Self::Model>>::Params>) -> Loading<Self::Model, Self> {
        query(&params.into_params())
    }
}

fn query<S: Shape>(params: &<S as ShapeOf<S::Model>>::Params) -> Loading<S::Model, S> {
    let parts = Parts::new(S::Model::TABLE);
    let scope = <S::Model as InScope>::fields(parts.source());
    let mut items = Items::of(parts.roots());
    let rows = S::level(scope, params, &mut items);
    Loading::new(parts, scope, items, rows)
}

//! What can fill a field of a shape, and what is said where it cannot.
//!
//! First it is told what a field is filled from ([`FieldSource`], [`FieldKind`]), whatever the field's type; then whether that
//! fits the type ([`ShapeField`] of relations, [`FillsField`] of cells), by one impl for each kind: rustc then says which of its
//! conditions does not hold. Nothing else that is written of the field depends on it, so there is one error. Two impls never
//! hold: their bounds have the words.

use std::marker::PhantomData;

use super::super::one::presence;
use super::super::{Items, Level, Load, LoadNull, ManyLoad, OfMany};
use super::related::{RelatedRows, RelationToMany};
use super::slot::{Cell, CellValue, Nested, NestedValue, ShapePart, Shaping};
use super::{GivesParams, ShapeOf};
use crate::expr::{Column, Expr, Expression, InSelect, Phase, Source};
use crate::model::{Fields, FieldsOf, Model};
use crate::query::{Many, Selected};
use crate::sql::Node;
use crate::types::{DbType, FromRow, NotNull, Nullable, Nullness};

/// What a field of a shape can be filled from.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot fill a field of a shape",
    label = "expected a column, an expression or a relation",
    note = "a field is filled from the column or relation of its name, or from what `#[orm(expr = |row| …)]` gives"
)]
pub trait FieldSource {
    /// [`FieldCell`], [`RelatedRows`], [`RelatedRow`] or [`Loaded`].
    type Kind: FieldKind;
    /// As such.
    #[doc(hidden)]
    fn into_kind(self) -> Self::Kind;
}

/// A kind of sources.
pub trait FieldKind: Sized {
    /// A cell, or that which is read behind the cells.
    type Begun;
    /// How it is read into a field of the type `F`.
    type Part<F: Send + 'static>: ShapePart;
    /// Takes the cell that it is, if it is one.
    fn begin(self, field: &'static str, shaping: &mut Shaping<'_>) -> Self::Begun;
}

/// RelatedRow cell.
#[derive(Debug)]
pub struct FieldCell<T>(Node, PhantomData<fn() -> T>);

/// The row of `M` that a relation leads to; `N` says whether it may be missing.
#[derive(Debug)]
pub struct RelatedRow<M, N>(Source, PhantomData<fn() -> (M, N)>);

/// What says itself how it is read: `expr = |u| u.posts().with(|p| p.comments())`.
#[derive(Debug)]
pub struct Loaded<L>(L);

#[diagnostic::do_not_recommend]
impl<M, T: DbType, W, N: Nullness> FieldSource for Column<M, T, W, N> {
    type Kind = FieldCell<N::Of<T>>;
    fn into_kind(self) -> Self::Kind {
        FieldCell(self.into_node(), PhantomData)
    }
}

#[diagnostic::do_not_recommend]
impl<T: DbType, P: Phase + InSelect> FieldSource for Expr<T, P> {
    type Kind = FieldCell<T>;
    fn into_kind(self) -> FieldCell<T> {
        FieldCell(self.into_node(), PhantomData)
    }
}

impl<T: DbType> FieldKind for FieldCell<T> {
    type Begun = Cell<T>;
    type Part<F: Send + 'static> = Cell<T>;
    fn begin(self, field: &'static str, shaping: &mut Shaping<'_>) -> Cell<T> {
        shaping.cell(self.0, field)
    }
}

#[diagnostic::do_not_recommend]
impl<M: Model> FieldSource for Many<M> {
    type Kind = RelatedRows<M>;
    fn into_kind(self) -> RelatedRows<M> {
        self.into_related()
    }
}

#[diagnostic::do_not_recommend]
impl<M: Model> FieldSource for RelatedRows<M> {
    type Kind = Self;
    fn into_kind(self) -> Self {
        self
    }
}

impl<M: Model> FieldKind for RelatedRows<M> {
    type Begun = Self;
    type Part<F: Send + 'static> = Nested<F>;
    fn begin(self, _: &'static str, _: &mut Shaping<'_>) -> Self {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<F: Fields> FieldSource for F {
    type Kind = RelatedRow<F::Model, F::Null>;
    fn into_kind(self) -> Self::Kind {
        RelatedRow(self.source(), PhantomData)
    }
}

impl<M: Model, N: Nullness> FieldKind for RelatedRow<M, N> {
    type Begun = Self;
    type Part<F: Send + 'static> = Nested<F>;
    fn begin(self, _: &'static str, _: &mut Shaping<'_>) -> Self {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<M: Model, T: Send + 'static> FieldSource for ManyLoad<M, T> {
    type Kind = Loaded<Self>;
    fn into_kind(self) -> Loaded<Self> {
        Loaded(self)
    }
}

#[diagnostic::do_not_recommend]
impl<M: Model, R: FromRow> FieldSource for Selected<OfMany<M>, R> {
    type Kind = Loaded<Self>;
    fn into_kind(self) -> Loaded<Self> {
        Loaded(self)
    }
}

impl<L: Load> FieldKind for Loaded<L> {
    type Begun = Self;
    type Part<F: Send + 'static> = Nested<F>;
    fn begin(self, _: &'static str, _: &mut Shaping<'_>) -> Self {
        self
    }
}

/// A source whose cell is taken.
pub struct Begun<K: FieldKind>(K::Begun);

/// What a field is filled from.
pub fn begin<S: FieldSource>(source: S, field: &'static str, shaping: &mut Shaping<'_>) -> Begun<S::Kind> {
    Begun(source.into_kind().begin(field, shaping))
}

/// `flatten`: a shape of the same row.
pub fn flattened<S: ShapeOf<M>, M: Model, P: GivesParams<S::Params>>(
    fields: FieldsOf<M>,
    params: &P,
    items: &mut Items,
) -> Nested<S> {
    Nested::new(S::level(fields, params.give(), items))
}

/// A kind of sources that can fill a field of the type `F` of a shape that was given `P`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot fill a field of the type `{F}`",
    label = "expected another type"
)]
pub trait ShapeField<F: Send + 'static, P>: FieldKind {
    /// How it is read, behind the cells of all fields.
    fn part(begun: Begun<Self>, params: &P, items: &mut Items) -> Self::Part<F>;
}

/// Whether it fits is asked by [`FillsField`].
impl<T: DbType, F: Send + 'static, P> ShapeField<F, P> for FieldCell<T> {
    fn part(begun: Begun<Self>, _: &P, _: &mut Items) -> Cell<T> {
        begun.0
    }
}

/// What comes out of a part, and can fill a field of the type `F`.
pub trait FillsField<F> {
    /// The field.
    fn fill(self) -> F;
}

impl<T, F: HoldsCell<T>> FillsField<F> for CellValue<T> {
    #[inline]
    fn fill(self) -> F {
        F::hold(self.0)
    }
}

/// A field type that can hold a cell of type `T`: the same type, or an `Option` of it. Its words are those of `FromColumn`.
#[diagnostic::on_unimplemented(
    message = "the column holds `{T}`, but the field is `{Self}`",
    label = "expected a field of type `{T}`",
    note = "make this field `{T}`"
)]
pub trait HoldsCell<T>: DbType {
    /// The cell's value in the field.
    fn hold(value: T) -> Self;
}

#[diagnostic::do_not_recommend]
impl<T: DbType> HoldsCell<T> for T {
    #[inline]
    fn hold(value: T) -> T {
        value
    }
}

#[diagnostic::do_not_recommend]
impl<T: DbType<Null = NotNull, Base = T>> HoldsCell<T> for Option<T> {
    #[inline]
    fn hold(value: T) -> Self {
        Some(value)
    }
}

impl<F> FillsField<F> for NestedValue<F> {
    #[inline]
    fn fill(self) -> F {
        self.0
    }
}

/// A field type that can hold the rows of a relation to many.
#[diagnostic::on_unimplemented(
    message = "this relation leads to many `{M}`, but the field is `{Self}`",
    label = "expected a `Vec`",
    note = "make this field a `Vec` of a shape of `{M}`, or of `{M}` itself: it is empty where there are no rows"
)]
pub trait HoldsMany<M: Model, P>: Sized + Send + 'static {
    /// How they are read.
    fn part(related: RelatedRows<M>, params: &P, items: &mut Items) -> Nested<Self>;
}

impl<M: Model, S: ShapeOf<M>, P: GivesParams<S::Params>> HoldsMany<M, P> for Vec<S> {
    fn part(related: RelatedRows<M>, params: &P, items: &mut Items) -> Nested<Self> {
        related.part(params.give(), items)
    }
}

impl<M: Model, F: HoldsMany<M, P>, P> ShapeField<F, P> for RelatedRows<M> {
    fn part(begun: Begun<Self>, params: &P, items: &mut Items) -> Nested<F> {
        F::part(begun.0, params, items)
    }
}

impl<M: Model, S: ShapeOf<M>, P: GivesParams<S::Params>> ShapeField<S, P> for RelatedRow<M, NotNull> {
    fn part(begun: Begun<Self>, params: &P, items: &mut Items) -> Nested<S> {
        flattened::<S, M, P>(Fields::at(begun.0.0), params, items)
    }
}

/// A field type that can hold a row that may be missing.
#[diagnostic::on_unimplemented(
    message = "this relation leads to one `{M}` or none, but the field is `{Self}`",
    label = "expected an `Option`",
    note = "make this field an `Option` of a shape of `{M}`, or of `{M}` itself"
)]
pub trait HoldsPerhaps<M: Model, P>: Sized + Send + 'static {
    /// How it is read.
    fn part(source: Source, params: &P, items: &mut Items) -> Nested<Self>;
}

impl<M: Model, S: ShapeOf<M>, P: GivesParams<S::Params>> HoldsPerhaps<M, P> for Option<S> {
    fn part(source: Source, params: &P, items: &mut Items) -> Nested<Self> {
        let fields = FieldsOf::<M>::at(source);
        let part = flattened::<S, M, P>(fields, params, items);
        Nested::of(<Nullable as LoadNull>::slot(part, || presence(fields, items)))
    }
}

impl<M: Model, F: HoldsPerhaps<M, P>, P> ShapeField<F, P> for RelatedRow<M, Nullable> {
    fn part(begun: Begun<Self>, params: &P, items: &mut Items) -> Nested<F> {
        F::part(begun.0.0, params, items)
    }
}

impl<L: Load, P> ShapeField<L::Value, P> for Loaded<L> {
    fn part(begun: Begun<Self>, _: &P, items: &mut Items) -> Nested<L::Value> {
        Nested::of(begun.0.0.into_slot(items))
    }
}

/// Never: there is one row at most.
#[diagnostic::on_unimplemented(
    message = "this relation leads to one `{M}`, but the field is a `Vec`",
    label = "expected one `{Self}`",
    note = "make this field `{Self}`"
)]
pub trait NotMany<M>: Sized + Send + 'static {
    /// How they would be read.
    fn level() -> Box<dyn Level<Vec<Self>>>;
}

impl<M: Model, S: NotMany<M>> ShapeOf<M> for Vec<S> {
    type Params = ();
    fn level(_: FieldsOf<M>, (): &(), _: &mut Items) -> Box<dyn Level<Self>> {
        S::level()
    }
}

/// Never: there always is a row.
#[diagnostic::on_unimplemented(
    message = "there always is the `{M}` that this relation leads to, but the field is an `Option`",
    label = "expected `{Self}`",
    note = "make this field `{Self}`"
)]
pub trait NotMissing<M>: Sized + Send + 'static {
    /// How it would be read.
    fn level() -> Box<dyn Level<Option<Self>>>;
}

impl<M: Model, S: NotMissing<M>> ShapeOf<M> for Option<S> {
    type Params = ();
    fn level(_: FieldsOf<M>, (): &(), _: &mut Items) -> Box<dyn Level<Self>> {
        S::level()
    }
}

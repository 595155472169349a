//! What can fill a field of a shape, and what is said where it cannot.
//!
//! A field's type says how a relation is read, and must fit what it leads to. Where it does not, an impl that never holds
//! says why: its bound has the words.

use std::convert::Infallible;

use super::super::one::presence;
use super::super::{Children, Items, Load, LoadNull, OfMany, Pending, Slot};
use super::related::{Related, RelationToMany};
use super::slot::{Inner, Shaping, ShapePart};
use super::{Gives, NoParams, ShapeOf};
use crate::driver::Row;
use crate::error::Error;
use crate::expr::{Column, Expr, Expression, FromColumn, InSelect, Phase};
use crate::model::{Fields, FieldsOf, Model};
use crate::query::{Many, Selected};
use crate::types::{DbType, FromRow, NotNull, Nullable, Nullness};

/// What can fill a field of the type `F` of a shape that was given `P`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot fill a field of the type `{F}`",
    label = "expected a column, an expression or a relation",
    note = "a field is filled by the column or relation of its name, or by what `#[orm(expr = |row| …)]` gives"
)]
pub trait ShapeField<F, P> {
    /// Takes the cell that it is, if it is one.
    fn begin(self, field: &'static str, shaping: &mut Shaping<'_>) -> impl FieldPart<F, P> + use<Self, F, P>;
}

/// A field whose cell is taken; what else it reads comes behind the cells of all fields.
pub trait FieldPart<F, P> {
    /// How it is read.
    fn part(self, params: &P, items: &mut Items) -> impl ShapePart<Value = F> + use<Self, F, P>;
}

/// A cell.
struct Ready<S>(S);

impl<S: ShapePart, P> FieldPart<S::Value, P> for Ready<S> {
    fn part(self, _: &P, _: &mut Items) -> impl ShapePart<Value = S::Value> + use<S, P> {
        self.0
    }
}

impl<M, T: DbType, W, N: Nullness, F, P> ShapeField<F, P> for Column<M, T, W, N>
where
    F: FromColumn<N::Of<T>>,
{
    fn begin(self, field: &'static str, shaping: &mut Shaping<'_>) -> impl FieldPart<F, P> + use<M, T, W, N, F, P> {
        Ready(shaping.cell::<F>(self.into_node(), field))
    }
}

impl<T: DbType, Ph: Phase + InSelect, F, P> ShapeField<F, P> for Expr<T, Ph>
where
    F: FromColumn<T>,
{
    fn begin(self, field: &'static str, shaping: &mut Shaping<'_>) -> impl FieldPart<F, P> + use<T, Ph, F, P> {
        Ready(shaping.cell::<F>(self.into_node(), field))
    }
}

/// A relation: nothing of it is a cell of the shape itself.
struct Relation<R>(R);

impl<M: Model, F: HoldsMany<M, P>, P> ShapeField<F, P> for Many<M> {
    fn begin(self, _: &'static str, _: &mut Shaping<'_>) -> impl FieldPart<F, P> + use<M, F, P> {
        Relation(self.into_related())
    }
}

impl<M: Model, F: HoldsMany<M, P>, P> ShapeField<F, P> for Related<M> {
    fn begin(self, _: &'static str, _: &mut Shaping<'_>) -> impl FieldPart<F, P> + use<M, F, P> {
        Relation(self)
    }
}

impl<M: Model, F: HoldsMany<M, P>, P> FieldPart<F, P> for Relation<Related<M>> {
    fn part(self, params: &P, items: &mut Items) -> impl ShapePart<Value = F> + use<M, F, P> {
        F::part(self.0, params, items)
    }
}

/// A field type that can hold the rows of a relation to many.
#[diagnostic::on_unimplemented(
    message = "this relation leads to many `{M}`, but the field is `{Self}`",
    label = "expected a `Vec`",
    note = "make this field `Vec<{Self}>`"
)]
pub trait HoldsMany<M: Model, P>: Sized + Send + 'static {
    /// How they are read.
    fn part(related: Related<M>, params: &P, items: &mut Items) -> impl ShapePart<Value = Self> + use<Self, M, P>;
}

impl<M: Model, S: ShapeOf<M>, P: Gives<S::Params>> HoldsMany<M, P> for Vec<S> {
    fn part(related: Related<M>, params: &P, items: &mut Items) -> impl ShapePart<Value = Self> + use<M, S, P> {
        related.part::<S, P>(params, items)
    }
}

/// Never: a list is empty where there are no rows.
#[diagnostic::on_unimplemented(
    message = "this relation leads to many `{M}`, but the field is an `Option`",
    label = "expected a `Vec`",
    note = "make this field `Vec<{Self}>`, which is empty where there are no rows"
)]
pub trait NotOptional<M> {
    /// Never called.
    fn never() -> Infallible;
}

impl<M: Model, S: NotOptional<M> + Send + 'static, P> HoldsMany<M, P> for Option<S> {
    fn part(_: Related<M>, _: &P, _: &mut Items) -> impl ShapePart<Value = Self> + use<M, S, P> {
        Inner(never(S::never))
    }
}

impl<To: Fields, F: Send + 'static, P> ShapeField<F, P> for To
where
    To::Null: OneIn<F, To::Model, P>,
{
    fn begin(self, _: &'static str, _: &mut Shaping<'_>) -> impl FieldPart<F, P> + use<To, F, P> {
        Relation(self)
    }
}

impl<To: Fields, F: Send + 'static, P> FieldPart<F, P> for Relation<To>
where
    To::Null: OneIn<F, To::Model, P>,
{
    fn part(self, params: &P, items: &mut Items) -> impl ShapePart<Value = F> + use<To, F, P> {
        <To::Null as OneIn<F, To::Model, P>>::part(self.0, params, items)
    }
}

/// By whether there may be no row: how a relation to one fills a field.
pub trait OneIn<F: Send + 'static, M: Model, P>: Nullness {
    /// How it is read.
    fn part<To: Fields<Model = M>>(fields: To, params: &P, items: &mut Items) -> impl ShapePart<Value = F> + use<Self, F, M, P, To>;
}

impl<F: HoldsOne<M, P>, M: Model, P> OneIn<F, M, P> for NotNull {
    fn part<To: Fields<Model = M>>(fields: To, params: &P, items: &mut Items) -> impl ShapePart<Value = F> + use<F, M, P, To> {
        Inner(F::slot(fields, params, items))
    }
}

impl<F: HoldsPerhaps<M, P>, M: Model, P> OneIn<F, M, P> for Nullable {
    fn part<To: Fields<Model = M>>(fields: To, params: &P, items: &mut Items) -> impl ShapePart<Value = F> + use<F, M, P, To> {
        Inner(F::slot(fields, params, items))
    }
}

/// A field type that can hold a row that is always there.
pub trait HoldsOne<M: Model, P>: Sized + Send + 'static {
    /// How it is read.
    fn slot<To: Fields<Model = M>>(fields: To, params: &P, items: &mut Items) -> impl Slot<Value = Self> + use<Self, M, P, To>;
}

impl<M: Model, S: ShapeOf<M>, P: Gives<S::Params>> HoldsOne<M, P> for S {
    fn slot<To: Fields<Model = M>>(fields: To, params: &P, items: &mut Items) -> impl Slot<Value = Self> + use<M, S, P, To> {
        S::slot(FieldsOf::<M>::at(fields.source()), params.give(), items)
    }
}

/// A field type that can hold a row that may be missing.
#[diagnostic::on_unimplemented(
    message = "there may be no `{M}` that this relation leads to, but the field is `{Self}`",
    label = "expected an `Option`",
    note = "make this field `Option<{Self}>`"
)]
pub trait HoldsPerhaps<M: Model, P>: Sized + Send + 'static {
    /// How it is read.
    fn slot<To: Fields<Model = M>>(fields: To, params: &P, items: &mut Items) -> impl Slot<Value = Self> + use<Self, M, P, To>;
}

impl<M: Model, S: ShapeOf<M>, P: Gives<S::Params>> HoldsPerhaps<M, P> for Option<S> {
    fn slot<To: Fields<Model = M>>(fields: To, params: &P, items: &mut Items) -> impl Slot<Value = Self> + use<M, S, P, To> {
        let part = S::slot(FieldsOf::<M>::at(fields.source()), params.give(), items);
        <Nullable as LoadNull>::slot(part, || presence(fields, items))
    }
}

impl<M: Model, S: NotMany<M> + Send + 'static, P> HoldsPerhaps<M, P> for Vec<S> {
    fn slot<To: Fields<Model = M>>(_: To, _: &P, _: &mut Items) -> impl Slot<Value = Self> + use<M, S, P, To> {
        never(S::never)
    }
}

/// Never: there is one row at most.
#[diagnostic::on_unimplemented(
    message = "this relation leads to one `{M}`, but the field is a `Vec`",
    label = "expected one `{Self}`",
    note = "make this field `{Self}`, or `Option<{Self}>` if there may be no such row"
)]
pub trait NotMany<M> {
    /// Never called.
    fn never() -> Infallible;
}

impl<M: Model, S: NotMany<M> + Send + 'static> ShapeOf<M> for Vec<S> {
    type Params = NoParams;
    fn slot(_: FieldsOf<M>, _: &NoParams, _: &mut Items) -> impl Slot<Value = Self> + use<M, S> {
        never(S::never)
    }
}

/// Never: there always is a row.
#[diagnostic::on_unimplemented(
    message = "there always is a `{M}` that this relation leads to, but the field is an `Option`",
    label = "expected `{Self}`",
    note = "make this field `{Self}`"
)]
pub trait NotMissing<M> {
    /// Never called.
    fn never() -> Infallible;
}

impl<M: Model, S: NotMissing<M> + Send + 'static> ShapeOf<M> for Option<S> {
    type Params = NoParams;
    fn slot(_: FieldsOf<M>, _: &NoParams, _: &mut Items) -> impl Slot<Value = Self> + use<M, S> {
        never(S::never)
    }
}

/// The slot of an impl that never holds, so nothing is ever read by it.
struct Never<T>(fn() -> T);

fn never<T>(_: fn() -> Infallible) -> Never<T> {
    Never(|| unreachable!("no type has this trait"))
}

impl<T: Send + 'static> Slot for Never<T> {
    type Now = ();
    type Value = T;
    const COMPLETE: bool = true;
    fn read(&mut self, _: &Row<'_>) -> Result<(), Error> {
        Ok(())
    }
    fn loads<'a>(&'a mut self, _: &mut Vec<&'a mut dyn Pending>) {}
    fn finish(&mut self, (): ()) -> T {
        (self.0)()
    }
}

/// The slot of a shape that has errors.
pub const fn stub<S: Send + 'static>() -> impl Slot<Value = S> {
    Never(|| unreachable!("the program does not compile"))
}

/// `flatten`: a shape of the same row.
pub fn flattened<S: ShapeOf<M>, M: Model, P: Gives<S::Params>>(
    fields: FieldsOf<M>,
    params: &P,
    items: &mut Items,
) -> impl ShapePart<Value = S> + use<S, M, P> {
    Inner(S::slot(fields, params.give(), items))
}

/// What a closure gives that says itself what its rows become: `expr = |u| u.posts().with(|p| p.comments())`.
struct Loaded<L>(L);

impl<L: Load, P> FieldPart<L::Value, P> for Loaded<L> {
    fn part(self, _: &P, items: &mut Items) -> impl ShapePart<Value = L::Value> + use<L, P> {
        Inner(self.0.into_slot(items))
    }
}

impl<M: Model, T: Send + 'static, P> ShapeField<Vec<T>, P> for Children<M, T> {
    fn begin(self, _: &'static str, _: &mut Shaping<'_>) -> impl FieldPart<Vec<T>, P> + use<M, T, P> {
        Loaded(self)
    }
}

impl<M: Model, R: FromRow, P> ShapeField<Vec<R>, P> for Selected<OfMany<M>, R> {
    fn begin(self, _: &'static str, _: &mut Shaping<'_>) -> impl FieldPart<Vec<R>, P> + use<M, R, P> {
        Loaded(self)
    }
}

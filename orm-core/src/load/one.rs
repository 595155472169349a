//! Loading relations to one row: joined to the level, so no statement is added.

use super::{Both, Cells, Items, Load, Maybe, Slot};
use crate::expr::Select;
use crate::model::{Fields, FieldsOf, Model};
use crate::query::{And, InScope};
use crate::sql::Node;
use crate::types::{NotNull, Nullable};

/// Whether a row that a relation leads to may be missing.
pub trait LoadNull {
    /// The part, or the part that may be missing.
    type Slot<S: Slot>: Slot<Value = Self::Value<S::Value>>;
    /// The value, or an `Option` of it.
    type Value<T: Send + 'static>: Send + 'static;
    /// Makes it so; `presence` says where it is seen that there is a row.
    fn slot<S: Slot>(part: S, presence: impl FnOnce() -> Vec<usize>) -> Self::Slot<S>;
}

impl LoadNull for NotNull {
    type Slot<S: Slot> = S;
    type Value<T: Send + 'static> = T;
    fn slot<S: Slot>(part: S, _: impl FnOnce() -> Vec<usize>) -> S {
        part
    }
}

impl LoadNull for Nullable {
    type Slot<S: Slot> = Maybe<S>;
    type Value<T: Send + 'static> = Option<T>;
    fn slot<S: Slot>(part: S, presence: impl FnOnce() -> Vec<usize>) -> Maybe<S> {
        let presence = presence();
        Maybe { part, presence }
    }
}

/// Where it is seen whether there is a row: a column that is never NULL, or all of them if there is none such.
pub(super) fn presence<F: Fields>(fields: F, items: &mut Items) -> Vec<usize> {
    let columns = <F::Model as Model>::TABLE.columns;
    let some = columns.iter().position(|column| !column.nullable);
    let range = some.map_or(0..columns.len(), |at| at..at + 1);
    let columns = columns[range].iter();
    columns
        .map(|column| items.key(Node::Column(fields.source(), column), column.ty))
        .collect()
}

/// `p.author()`: the model, or an `Option` of it.
#[diagnostic::do_not_recommend]
impl<F: Fields<Null: LoadNull>> Load for F {
    type Value = <F::Null as LoadNull>::Value<F::Model>;
    type Slot = <F::Null as LoadNull>::Slot<Cells<F::Model>>;
    fn into_slot(self, items: &mut Items) -> Self::Slot {
        let part = whole(self, items);
        <F::Null as LoadNull>::slot(part, || presence(self, items))
    }
}

fn whole<F: Fields>(fields: F, items: &mut Items) -> Cells<F::Model> {
    let here = FieldsOf::<F::Model>::at(fields.source());
    Cells::new(items.part::<F::Model>(|nodes| <F::Model as InScope>::append(here, nodes)))
}

/// `p.author().with(|a| a.posts())`
pub fn one_with<F: Fields, L: Load>(of: F, load: impl FnOnce(F) -> L) -> OneWith<F, F, L> {
    OneWith {
        of,
        first: of,
        added: load(of),
    }
}

/// `p.author().select(|a| (a.id, a.name))`: of a row that is there, whether or not it may be missing.
pub fn one_selected<F: Fields, S: Select>(of: F, select: impl FnOnce(FieldsOf<F::Model>) -> S) -> OneSelected<F, S> {
    OneSelected {
        of,
        select: select(Fields::at(of.source())),
    }
}

/// Some columns of a row that a relation to one leads to.
#[derive(Debug, Clone, Copy)]
#[must_use = "a relation does nothing until it is loaded by `with`"]
pub struct OneSelected<F, S> {
    of: F,
    select: S,
}

#[diagnostic::do_not_recommend]
impl<F: Fields<Null: LoadNull>, S: Select> Load for OneSelected<F, S> {
    type Value = <F::Null as LoadNull>::Value<S::Row>;
    type Slot = <F::Null as LoadNull>::Slot<Cells<S::Row>>;
    fn into_slot(self, items: &mut Items) -> Self::Slot {
        let part = Cells::new(items.part::<S::Row>(|nodes| self.select.append_to(nodes)));
        <F::Null as LoadNull>::slot(part, || presence(self.of, items))
    }
}

/// A row that a relation to one leads to, with what belongs to it.
#[derive(Debug, Clone, Copy)]
#[must_use = "a relation does nothing until it is loaded by `with`"]
pub struct OneWith<F, A, L> {
    of: F,
    first: A,
    added: L,
}

impl<F: Fields<Null: LoadNull>, A: OnePart, L: Load> OneWith<F, A, L> {
    /// With what belongs to that row, besides.
    pub fn with<X: Load>(self, load: impl FnOnce(F) -> X) -> OneWith<F, Self, X> {
        OneWith {
            of: self.of,
            added: load(self.of),
            first: self,
        }
    }
}

/// What is read of a row that a relation to one leads to, if it is there.
pub trait OnePart {
    /// How it is read.
    type Slot: Slot<Value: And>;
    /// Adds what it reads to the level's select list.
    fn part(self, items: &mut Items) -> Self::Slot;
}

#[diagnostic::do_not_recommend]
impl<F: Fields> OnePart for F {
    type Slot = Cells<F::Model>;
    fn part(self, items: &mut Items) -> Self::Slot {
        whole(self, items)
    }
}

#[diagnostic::do_not_recommend]
impl<F, A: OnePart, L: Load> OnePart for OneWith<F, A, L>
where
    Both<A::Slot, L::Slot>: Slot<Value: And>,
{
    type Slot = Both<A::Slot, L::Slot>;
    fn part(self, items: &mut Items) -> Self::Slot {
        Both(self.first.part(items), self.added.into_slot(items))
    }
}

#[diagnostic::do_not_recommend]
impl<F: Fields<Null: LoadNull>, A: OnePart, L: Load> Load for OneWith<F, A, L> {
    type Value = <F::Null as LoadNull>::Value<<<A::Slot as Slot>::Value as And>::And<L::Value>>;
    type Slot = <F::Null as LoadNull>::Slot<Both<A::Slot, L::Slot>>;
    fn into_slot(self, items: &mut Items) -> Self::Slot {
        let part = Both(self.first.part(items), self.added.into_slot(items));
        <F::Null as LoadNull>::slot(part, || presence(self.of, items))
    }
}

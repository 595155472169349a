//! `SET column = value`.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::{Column, Expr, Expression, OfOneRow, Settable};
use crate::driver::Param;
use crate::model::ColumnDef;
use crate::sql::{Level, Node};
use crate::types::{DbType, NotNull, Nullness, encode_text};

/// An assignment to a column of the model `M`.
#[must_use = "an assignment does nothing until it is part of an update"]
pub struct Assign<M> {
    pub(crate) column: &'static ColumnDef,
    pub(crate) value: Node,
    pub(crate) marker: PhantomData<fn() -> M>,
}

/// An assignment without its model.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    pub(crate) column: &'static ColumnDef,
    pub(crate) value: Node,
}

impl<M> Assign<M> {
    pub(crate) fn into_setting(self) -> Setting {
        Setting {
            column: self.column,
            value: self.value,
        }
    }
}

impl<M> fmt::Debug for Assign<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Assign({})", self.column.name)
    }
}

impl<M, T, W> Column<M, T, W> {
    /// `SET column = value`: a value, a column or an expression of the same type; `None` is NULL.
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn set<V: Assignable<T>>(self, value: V) -> Assign<M> where W: Settable {
        assign(self.definition(), value.into_value())
    }

    /// `SET column = DEFAULT`
    pub fn set_default(self) -> Assign<M>
    where
        W: Settable,
    {
        assign(self.definition(), Node::sql(&["DEFAULT"], Level::Atom, []))
    }
}

fn assign<M>(column: &'static ColumnDef, value: Node) -> Assign<M> {
    Assign {
        column,
        value,
        marker: PhantomData,
    }
}

/// What `update` takes: an assignment, a tuple of assignments, or a `Vec` of them that was chosen at run time.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an assignment to `{M}`",
    label = "expected `.set(value)` on a column of `{M}`"
)]
pub trait Assigns<M> {
    /// Appends the assignments.
    #[doc(hidden)]
    fn append_to(self, assignments: &mut Vec<Assign<M>>);
}

#[diagnostic::do_not_recommend]
impl<M> Assigns<M> for Assign<M> {
    fn append_to(self, assignments: &mut Vec<Assign<M>>) {
        assignments.push(self);
    }
}

#[diagnostic::do_not_recommend]
impl<M> Assigns<M> for Vec<Assign<M>> {
    fn append_to(self, assignments: &mut Vec<Assign<M>>) {
        assignments.extend(self);
    }
}

/// A tuple, and so what remains when something is no assignment to the model: its words are those of whatever is none.
/// (On [`Assigns`] itself rustc would list all tuples, or not name the part that is none.)
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an assignment to the model that is updated",
    label = "expected `.set(value)` on a column of the model that is updated"
)]
pub trait AssignsTuple {
    /// The tuple itself.
    #[doc(hidden)]
    type This;
}

/// The assignments of a tuple.
#[doc(hidden)]
pub trait TupleAssigns<M> {
    fn append_all(self, assignments: &mut Vec<Assign<M>>);
}

impl<M, T: AssignsTuple<This = T>> Assigns<M> for T
where
    T::This: TupleAssigns<M>,
{
    fn append_to(self, assignments: &mut Vec<Assign<M>>) {
        self.append_all(assignments);
    }
}

/// What a column of type `T` can be set to.
#[diagnostic::on_unimplemented(
    message = "a `{T}` column cannot be set to `{Self}`",
    label = "expected a value, column or expression of type `{T}`"
)]
pub trait Assignable<T> {
    /// The untyped tree.
    #[doc(hidden)]
    fn into_value(self) -> Node;
}

#[diagnostic::do_not_recommend]
impl<T: DbType> Assignable<T> for T {
    fn into_value(self) -> Node {
        Node::param(Param::new(&self))
    }
}

#[diagnostic::do_not_recommend]
impl<T: DbType> Assignable<T> for &T {
    fn into_value(self) -> Node {
        Node::param(Param::new(self))
    }
}

#[diagnostic::do_not_recommend]
impl<T: DbType<Null = NotNull>> Assignable<Option<T>> for T
where
    Option<T>: DbType,
{
    fn into_value(self) -> Node {
        Node::param(Param::new(&self))
    }
}

#[diagnostic::do_not_recommend]
impl<T: DbType<Null = NotNull>> Assignable<Option<T>> for &T
where
    Option<T>: DbType,
{
    fn into_value(self) -> Node {
        Node::param(Param::new(self))
    }
}

fn text_param(text: &str) -> Node {
    Node::param(Param::encode(<String as DbType>::TYPE, |out| encode_text(text, out)))
}

macro_rules! text_assignable {
    ($($column:ty),*) => { $(
        #[diagnostic::do_not_recommend]
        impl Assignable<$column> for &str {
            fn into_value(self) -> Node {
                text_param(self)
            }
        }
        #[diagnostic::do_not_recommend]
        impl Assignable<Option<$column>> for &str {
            fn into_value(self) -> Node {
                text_param(self)
            }
        }
    )* };
}
text_assignable!(String, Box<str>, Arc<str>, Cow<'static, str>);

#[diagnostic::do_not_recommend]
impl<M, T: DbType, W, N: Nullness, U> Assignable<U> for Column<M, T, W, N>
where
    N::Of<T>: FitsInto<U>,
{
    fn into_value(self) -> Node {
        self.into_node()
    }
}

#[diagnostic::do_not_recommend]
impl<T: DbType + FitsInto<U>, P: OfOneRow, U> Assignable<U> for Expr<T, P> {
    fn into_value(self) -> Node {
        self.node
    }
}

/// Types that fit into a column of type `U`: the same, or `T` into `Option<T>`.
#[diagnostic::on_unimplemented(
    message = "the column holds `{U}`, but this is `{Self}`",
    label = "expected `{U}`",
    note = "an expression that may be NULL fits into an `Option` column only; `.coalesce(value)` gives NULL a value"
)]
pub trait FitsInto<U> {}

#[diagnostic::do_not_recommend]
impl<T: DbType> FitsInto<T> for T {}

#[diagnostic::do_not_recommend]
impl<T: DbType<Null = NotNull>> FitsInto<Option<T>> for T where Option<T>: DbType {}

macro_rules! assigns_tuples {
    ($(($($name:ident $index:tt),+))*) => { $(
        #[diagnostic::do_not_recommend]
        impl<$($name),+> AssignsTuple for ($($name,)+) {
            type This = Self;
        }
        impl<X, $($name: Assigns<X>),+> TupleAssigns<X> for ($($name,)+) {
            fn append_all(self, assignments: &mut Vec<Assign<X>>) {
                $(self.$index.append_to(assignments);)+
            }
        }
    )* };
}
assigns_tuples! {
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
    (A 0, B 1, C 2, D 3, E 4)
    (A 0, B 1, C 2, D 3, E 4, F 5)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11)
}

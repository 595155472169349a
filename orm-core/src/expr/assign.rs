//! `SET column = value`.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::{Column, Expr, Expression, Settable};
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

impl<M> fmt::Debug for Assign<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Assign({})", self.column.name)
    }
}

impl<M, T, W> Column<M, T, W> {
    /// `SET column = value`: a value, a column or an expression of the same type; `None` is NULL.
    pub fn set<V: Assignable<T>>(self, value: V) -> Assign<M>
    where
        W: Settable,
    {
        Assign {
            column: self.definition(),
            value: value.into_value(),
            marker: PhantomData,
        }
    }

    /// `SET column = DEFAULT`
    pub fn set_default(self) -> Assign<M>
    where
        W: Settable,
    {
        Assign {
            column: self.definition(),
            value: Node::sql(&["DEFAULT"], Level::Atom, []),
            marker: PhantomData,
        }
    }
}

/// What `update` takes: an assignment, a tuple of assignments, or a `Vec` of them that was chosen at run time.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an assignment to `{M}`",
    label = "expected `u.column.set(value)`",
    note = "write `u.column.set(value)`, or a tuple of these"
)]
pub trait Assigns<M> {
    /// Appends the assignments.
    #[doc(hidden)]
    fn append_to(self, assignments: &mut Vec<Assign<M>>);
}

impl<M> Assigns<M> for Assign<M> {
    fn append_to(self, assignments: &mut Vec<Assign<M>>) {
        assignments.push(self);
    }
}

impl<M> Assigns<M> for Vec<Assign<M>> {
    fn append_to(self, assignments: &mut Vec<Assign<M>>) {
        assignments.extend(self);
    }
}

/// What a column of type `T` can be set to.
#[diagnostic::on_unimplemented(message = "expected a `{T}`, found `{Self}`", label = "the column holds `{T}`")]
pub trait Assignable<T> {
    /// The untyped tree.
    #[doc(hidden)]
    fn into_value(self) -> Node;
}

#[diagnostic::do_not_recommend]
impl<T: DbType> Assignable<T> for T {
    fn into_value(self) -> Node {
        Node::Param(Param::new(&self))
    }
}

#[diagnostic::do_not_recommend]
impl<T: DbType> Assignable<T> for &T {
    fn into_value(self) -> Node {
        Node::Param(Param::new(self))
    }
}

#[diagnostic::do_not_recommend]
impl<T: DbType<Null = NotNull>> Assignable<Option<T>> for T
where
    Option<T>: DbType,
{
    fn into_value(self) -> Node {
        Node::Param(Param::new(&self))
    }
}

#[diagnostic::do_not_recommend]
impl<T: DbType<Null = NotNull>> Assignable<Option<T>> for &T
where
    Option<T>: DbType,
{
    fn into_value(self) -> Node {
        Node::Param(Param::new(self))
    }
}

fn text_param(text: &str) -> Node {
    Node::Param(Param::encode(<String as DbType>::TYPE, |out| encode_text(text, out)))
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
impl<T: DbType + FitsInto<U>, U> Assignable<U> for Expr<T> {
    fn into_value(self) -> Node {
        self.node
    }
}

/// Types that fit into a column of type `U`: the same, or `T` into `Option<T>`.
#[diagnostic::on_unimplemented(
    message = "the column holds `{U}`, but this is a `{Self}`",
    label = "expected a `{U}`",
    note = "an expression that may be NULL fits into an `Option` column only; `.coalesce(value)` gives NULL a value"
)]
pub trait FitsInto<U> {}

#[diagnostic::do_not_recommend]
impl<T: DbType> FitsInto<T> for T {}

#[diagnostic::do_not_recommend]
impl<T: DbType<Null = NotNull>> FitsInto<Option<T>> for T where Option<T>: DbType {}

macro_rules! assigns_tuples {
    ($(($($name:ident $index:tt),+))*) => { $(
        impl<X, $($name: Assigns<X>),+> Assigns<X> for ($($name,)+) {
            fn append_to(self, assignments: &mut Vec<Assign<X>>) {
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

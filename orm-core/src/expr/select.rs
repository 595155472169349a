//! What `select` takes, and what comes out of it.

use super::phase::latest;
use super::{Column, Expr, Expression, Orders, PerRow, Phase, Placeholder};
use crate::model::Model;
use crate::query::take;
use crate::sql::Node;
use crate::types::{DbType, FromRow, NotNull, Nullness};

/// What `select` takes: a column, an expression, a whole model, a `#[derive(Row)]` struct's expressions, or a tuple of
/// these. A generic function for queries without groups takes a `Select<Phase = PerRow>`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be selected",
    label = "selects `{Self}`: not a column, expression, model or tuple of these"
)]
pub trait Select {
    /// What each row becomes.
    type Row: FromRow;
    /// The latest of the selected expressions' phases.
    type Phase: Phase;
    /// Appends the selected expressions, as many as the row is wide.
    #[doc(hidden)]
    fn append_to(self, items: &mut Vec<Node>);
}

/// What [`Select`] is implemented for. Its words are those of whatever cannot be selected: on [`Select`] itself rustc would
/// list all tuples, or not name the part that cannot.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be selected",
    label = "selects `{Self}`: not a column, expression, model or tuple of these"
)]
pub trait Selectable {
    /// The type itself.
    #[doc(hidden)]
    type This;
}

/// How it is selected.
#[doc(hidden)]
pub trait SelectParts {
    type Row: FromRow;
    type Phase: Phase;
    fn append_parts(self, items: &mut Vec<Node>);
}

impl<T: Selectable<This = T>> Select for T
where
    T::This: SelectParts,
{
    type Row = <T::This as SelectParts>::Row;
    type Phase = <T::This as SelectParts>::Phase;
    fn append_to(self, items: &mut Vec<Node>) {
        self.append_parts(items);
    }
}

#[diagnostic::do_not_recommend]
impl<M, T, W, N> Selectable for Column<M, T, W, N> {
    type This = Self;
}

impl<M, T: DbType, W, N: Nullness> SelectParts for Column<M, T, W, N>
where
    N::Of<T>: FromRow,
{
    type Row = N::Of<T>;
    type Phase = PerRow;
    fn append_parts(self, items: &mut Vec<Node>) {
        items.push(self.into_node());
    }
}

#[diagnostic::do_not_recommend]
impl<T, P> Selectable for Expr<T, P> {
    type This = Self;
}

impl<T: DbType + FromRow, P: Phase> SelectParts for Expr<T, P> {
    type Row = T;
    type Phase = P;
    fn append_parts(self, items: &mut Vec<Node>) {
        items.push(self.node);
    }
}

#[diagnostic::do_not_recommend]
impl<T> Selectable for Placeholder<T> {
    type This = Self;
}

impl<T: DbType + FromRow> SelectParts for Placeholder<T> {
    type Row = T;
    type Phase = PerRow;
    fn append_parts(self, items: &mut Vec<Node>) {
        items.push(self.into_node());
    }
}

/// A column or expression that can fill a field of type `F`. `#[derive(Row)]` asks it of each field.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a column, and so cannot fill a field of the type `{F}`",
    label = "expected a column or expression",
    note = "a model or a row fills a field that says `#[orm(nested)]`"
)]
pub trait SelectAs<F>: Select {
    /// The untyped tree.
    #[doc(hidden)]
    fn into_item(self) -> Node
    where
        Self: Sized,
    {
        Node::Null
    }
}

// One impl for each expression, and none for all of them: of what is none rustc would ask for two things more.

impl<M, T: DbType, W, N: Nullness, F: FromColumn<N::Of<T>>> SelectAs<F> for Column<M, T, W, N>
where
    N::Of<T>: FromRow,
{
    fn into_item(self) -> Node {
        self.into_node()
    }
}

impl<T: DbType + FromRow, P: Phase, F: FromColumn<T>> SelectAs<F> for Expr<T, P> {
    fn into_item(self) -> Node {
        self.node
    }
}

impl<T: DbType + FromRow, F: FromColumn<T>> SelectAs<F> for Placeholder<T> {
    fn into_item(self) -> Node {
        self.into_node()
    }
}

/// `M` or `Option<M>`: the fields that a model's columns fill. `#[derive(Model)]` makes its columns a [`SelectAs`] of these,
/// so that a missing `#[orm(nested)]` is said at the field, once, and not again wherever that is filled.
#[doc(hidden)]
pub trait WholeRow<M> {}

impl<M: Model> WholeRow<M> for M {}
impl<M: Model> WholeRow<M> for Option<M> {}

/// A field type that can hold a column of type `T`: the same type, or an `Option` of it.
#[diagnostic::on_unimplemented(
    message = "the column holds `{T}`, but the field is `{Self}`",
    label = "expected a field of type `{T}`",
    note = "make this field `{T}`"
)]
pub trait FromColumn<T> {}

#[diagnostic::do_not_recommend]
impl<T: DbType> FromColumn<T> for T {}

#[diagnostic::do_not_recommend]
impl<T: DbType<Null = NotNull, Base = T>> FromColumn<T> for Option<T> {}

macro_rules! tuples {
    ($(($($name:ident $index:tt),+))*) => { $(
        #[diagnostic::do_not_recommend]
        impl<$($name),+> Selectable for ($($name,)+) {
            type This = Self;
        }

        impl<$($name: Select),+> SelectParts for ($($name,)+) {
            type Row = ($($name::Row,)+);
            type Phase = latest!($($name::Phase),+);
            fn append_parts(self, items: &mut Vec<Node>) {
                $(self.$index.append_to(items);)+
            }
        }

        impl<$($name: FromRow),+> FromRow for ($($name,)+) {
            const WIDTH: usize = 0 $(+ $name::WIDTH)+;
            const NULLABLE: bool = true $(&& $name::NULLABLE)+;

            fn check(columns: &mut crate::Columns<'_>) -> Result<(), crate::Error> {
                $($name::check(columns)?;)+
                Ok(())
            }

            fn from_row(row: &crate::Row<'_>, at: usize) -> Result<Self, crate::Error> {
                let mut next = at;
                Ok(($($name::from_row(row, take(&mut next, $name::WIDTH))?,)+))
            }

            fn from_row_optional(row: &crate::Row<'_>, at: usize) -> Result<Option<Self>, crate::Error> {
                if Self::NULLABLE && row.is_null(at, Self::WIDTH) {
                    return Ok(None);
                }
                let mut next = at;
                Ok(Some(($(
                    match row.part::<$name>(take(&mut next, $name::WIDTH))? {
                        Some(value) => value,
                        None => return Ok(None),
                    },
                )+)))
            }
        }

        #[diagnostic::do_not_recommend]
        impl<$($name),+> super::OrderTuple for ($($name,)+) {
            type This = Self;
        }

        impl<$($name: Orders),+> super::TupleOrders for ($($name,)+) {
            type Phase = latest!($($name::Phase),+);
            fn append_all(self, terms: &mut Vec<super::Order>) {
                $(self.$index.append_to(terms);)+
            }
        }
    )* };
}

tuples! {
    (A 0)
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

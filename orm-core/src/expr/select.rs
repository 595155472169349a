//! What `select` takes, and what comes out of it.

use super::phase::latest;
use super::{Column, Expr, Expression, Orders, PerRow, Phase};
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

/// A column or expression that can fill a field of type `F`. `#[derive(Row)]` asks it of each field.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot fill a field of the type `{F}`",
    label = "expected a column or expression",
    note = "a whole model or row needs `#[orm(nested)]` on the field that it fills"
)]
pub trait SelectAs<F>: Expression {
    /// The untyped tree.
    #[doc(hidden)]
    fn into_item(self) -> Node {
        self.into_node()
    }
}

impl<E: Expression, F: FromColumn<E::Type>> SelectAs<F> for E {}

/// A field type that can hold a column of type `T`: the same type, or an `Option` of it.
#[diagnostic::on_unimplemented(
    message = "the column holds `{T}`, but the field is `{Self}`",
    label = "expected a field of type `{T}`",
    note = "make this field `{T}`"
)]
pub trait FromColumn<T>: DbType {
    /// The column's value in the field.
    #[doc(hidden)]
    fn from_column(value: T) -> Self;
}

#[diagnostic::do_not_recommend]
impl<T: DbType> FromColumn<T> for T {
    #[inline]
    fn from_column(value: T) -> T {
        value
    }
}

#[diagnostic::do_not_recommend]
impl<T: DbType<Null = NotNull, Base = T>> FromColumn<T> for Option<T> {
    #[inline]
    fn from_column(value: T) -> Self {
        Some(value)
    }
}

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

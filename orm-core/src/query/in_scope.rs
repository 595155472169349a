//! What queries have in scope: the columns behind each kind of row.

use crate::expr::{Column, Computed, Source};
use crate::model::{Fields, FieldsOf, Model, Table};
use crate::sql::Node;
use crate::types::{FromRow, NotNull, Nullable, Nullness};

/// A row that can stand in a FROM clause, and the columns that closures receive for it.
///
/// A model stands for its table, a `#[derive(Row)]` struct, a tuple or a single type for a derived table that gives it,
/// and a tuple of these for a join. `Option` of one is the side of a join that may be missing: all its columns are
/// `Option`s, too. So a query is named by its rows: `Query<(User, Option<Post>)>`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the row of a derived table",
    label = "not a row",
    note = "derive `Row` for it, or select a tuple"
)]
pub trait InScope: FromRow {
    /// What closures receive: with [`Nullable`] each column is an `Option`.
    type Fields<N: Nullness>: Copy + Send + Sync + 'static;
    /// The same where the row may be missing.
    type Nullable: InScope;
    /// The row of a join with one more source.
    type Push<X: InScope>: InScope;
    /// Whether a query of such rows can join one more source.
    #[doc(hidden)]
    type Room;

    /// The columns of a source.
    #[doc(hidden)]
    fn fields<N: Nullness>(source: Source) -> Self::Fields<N>;
    /// The same columns, each perhaps missing.
    #[doc(hidden)]
    fn nullable(fields: Self::Fields<NotNull>) -> InScopeOf<Self::Nullable>;
    /// The columns of a join with one more source.
    #[doc(hidden)]
    fn push<X: InScope>(fields: Self::Fields<NotNull>, added: InScopeOf<X>) -> InScopeOf<Self::Push<X>>;
    /// The same columns of other sources.
    #[doc(hidden)]
    fn map_sources<N: Nullness>(fields: Self::Fields<N>, map: &dyn Fn(Source) -> Source) -> Self::Fields<N>;
    /// Selects all columns.
    #[doc(hidden)]
    fn append<N: Nullness>(fields: Self::Fields<N>, items: &mut Vec<Node>);
    /// The table of each column that is a model's.
    #[doc(hidden)]
    fn tables(tables: &mut Vec<Option<&'static Table>>) {
        tables.resize(tables.len() + Self::WIDTH, None);
    }
}

/// What closures receive for a row.
pub type InScopeOf<R> = <R as InScope>::Fields<NotNull>;

/// A query that can join one more source.
#[diagnostic::on_unimplemented(
    message = "a query joins at most 12 sources",
    label = "one source too many",
    note = "make a derived table of some of them by `.select(…).subquery()`"
)]
pub trait Room {}

/// There is room for one source more.
#[doc(hidden)]
#[derive(Debug)]
pub struct HasRoom;

/// Twelve sources.
#[doc(hidden)]
#[derive(Debug)]
pub struct NoRoom;

#[diagnostic::do_not_recommend]
impl Room for HasRoom {}

#[diagnostic::do_not_recommend]
impl<M: Model> InScope for M {
    type Fields<N: Nullness> = M::Fields<N>;
    type Nullable = Option<M>;
    type Push<X: InScope> = (M, X);
    type Room = HasRoom;

    fn fields<N: Nullness>(source: Source) -> M::Fields<N> {
        Fields::at(source)
    }

    fn nullable(fields: FieldsOf<M>) -> M::Fields<Nullable> {
        Fields::at(fields.source())
    }

    fn push<X: InScope>(fields: FieldsOf<M>, added: InScopeOf<X>) -> (FieldsOf<M>, InScopeOf<X>) {
        (fields, added)
    }

    fn map_sources<N: Nullness>(fields: M::Fields<N>, map: &dyn Fn(Source) -> Source) -> M::Fields<N> {
        Fields::at(map(fields.source()))
    }

    fn append<N: Nullness>(fields: M::Fields<N>, items: &mut Vec<Node>) {
        crate::__private::select_columns(fields.source(), M::TABLE, items);
    }

    fn tables(tables: &mut Vec<Option<&'static Table>>) {
        tables.resize(tables.len() + M::WIDTH, Some(M::TABLE));
    }
}

#[diagnostic::do_not_recommend]
impl<T: InScope> InScope for Option<T> {
    type Fields<N: Nullness> = T::Fields<Nullable>;
    type Nullable = Self;
    type Push<X: InScope> = (Self, X);
    type Room = HasRoom;

    fn fields<N: Nullness>(source: Source) -> T::Fields<Nullable> {
        T::fields(source)
    }

    fn nullable(fields: T::Fields<Nullable>) -> T::Fields<Nullable> {
        fields
    }

    fn push<X: InScope>(fields: T::Fields<Nullable>, added: InScopeOf<X>) -> (T::Fields<Nullable>, InScopeOf<X>) {
        (fields, added)
    }

    fn map_sources<N: Nullness>(fields: T::Fields<Nullable>, map: &dyn Fn(Source) -> Source) -> T::Fields<Nullable> {
        T::map_sources(fields, map)
    }

    fn append<N: Nullness>(fields: T::Fields<Nullable>, items: &mut Vec<Node>) {
        T::append(fields, items);
    }

    fn tables(tables: &mut Vec<Option<&'static Table>>) {
        T::tables(tables);
    }
}

/// A single column of a derived table.
#[doc(hidden)]
#[must_use]
pub fn single_column<T: crate::DbType, N>(source: Source) -> Column<(), T, Computed, N> {
    Column::at(source)
}

/// The same column of another source, or of another nullness.
#[doc(hidden)]
#[must_use]
pub fn moved_column<T: crate::DbType, N, O>(
    column: Column<(), T, Computed, N>,
    map: &dyn Fn(Source) -> Source,
) -> Column<(), T, Computed, O> {
    Column::at(map(column.source()))
}

/// What a tuple with room for one more becomes by it, and what the longest one does.
macro_rules! push {
    ($fields:ident $added:ident; $($name:ident $index:tt),+; more) => {
        type Push<X: InScope> = ($($name,)+ X,);
        type Room = HasRoom;
        fn push<X: InScope>($fields: Self::Fields<NotNull>, $added: InScopeOf<X>) -> InScopeOf<Self::Push<X>> {
            ($($fields.$index,)+ $added,)
        }
    };
    ($fields:ident $added:ident; $($name:ident $index:tt),+; full) => {
        type Push<X: InScope> = Self;
        type Room = NoRoom;
        fn push<X: InScope>($fields: Self::Fields<NotNull>, _: InScopeOf<X>) -> InScopeOf<Self> {
            $fields
        }
    };
}

macro_rules! tuples {
    ($(($($name:ident $index:tt),+; $room:ident))*) => { $(
        impl<$($name: InScope),+> InScope for ($($name,)+) {
            type Fields<Null: Nullness> = ($($name::Fields<Null>,)+);
            type Nullable = ($($name::Nullable,)+);
            push!(fields added; $($name $index),+; $room);

            fn fields<Null: Nullness>(source: Source) -> Self::Fields<Null> {
                let mut at = 0;
                ($($name::fields(source.skip(take(&mut at, $name::WIDTH))),)+)
            }

            fn nullable(fields: Self::Fields<NotNull>) -> InScopeOf<Self::Nullable> {
                ($($name::nullable(fields.$index),)+)
            }

            fn map_sources<Null: Nullness>(
                fields: Self::Fields<Null>,
                map: &dyn Fn(Source) -> Source,
            ) -> Self::Fields<Null> {
                ($($name::map_sources(fields.$index, map),)+)
            }

            fn append<Null: Nullness>(fields: Self::Fields<Null>, items: &mut Vec<Node>) {
                $($name::append(fields.$index, items);)+
            }

            fn tables(tables: &mut Vec<Option<&'static Table>>) {
                $($name::tables(tables);)+
            }
        }
    )* };
}

/// The position of the next part of a row, and past it.
pub(crate) fn take(next: &mut usize, width: usize) -> usize {
    let at = *next;
    *next += width;
    at
}

tuples! {
    (A 0; more)
    (A 0, B 1; more)
    (A 0, B 1, C 2; more)
    (A 0, B 1, C 2, D 3; more)
    (A 0, B 1, C 2, D 3, E 4; more)
    (A 0, B 1, C 2, D 3, E 4, F 5; more)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6; more)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7; more)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8; more)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9; more)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10; more)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11; full)
}

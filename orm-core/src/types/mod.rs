//! Rust types and their PostgreSQL types.
//!
//! [`DbType`] joins a Rust type to a [`PgType`] and to PostgreSQL's binary format. One file per family of types; what
//! cannot be represented on the other side is a typed [`ValueError`], never a changed value and never a panic.

mod array;
mod buffer;
mod integer;
mod nullness;
mod pg_type;
mod text;

pub(crate) use array::{take_i32, take_sized};
pub use buffer::{Buffer, IsNull, ValueError};
pub use nullness::{NotNull, Nullable, Nullness};
pub use pg_type::{CompositeField, PgKind, PgType, ResultType, builtin};

use crate::driver::{Columns, Row};
use crate::error::Error;

/// A Rust type that a PostgreSQL column can hold.
///
/// `Option<T>` is the only type that is NULL; every other type is `NOT NULL`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no PostgreSQL type",
    label = "cannot be a column",
    note = "derive `DbType` (a newtype or composite) or `DbEnum` for it (in `Option<T>` and `Vec<T>`, for `T`), \
            or store it as jsonb with `Json<{Self}>`"
)]
pub trait DbType: Sized + Send + Sync + 'static {
    /// The type that conditions and arithmetic work with: `T` for `Option<T>`, `String` for `Box<str>`, else itself.
    type Base: DbType<Base = Self::Base, Null = NotNull>;
    /// [`Nullable`] for `Option<T>`, else [`NotNull`].
    type Null: Nullness;
    /// The PostgreSQL type.
    const TYPE: &'static PgType;
    /// The only texts that a column of this type may hold: a text-backed enum's. `create_all` makes a CHECK of them.
    const VALUES: Option<&'static [&'static str]> = None;

    /// Appends the value in PostgreSQL's binary format.
    ///
    /// # Errors
    /// A value that PostgreSQL's type cannot hold.
    fn encode(&self, out: &mut Buffer) -> Result<IsNull, ValueError>;

    /// Reads a value in PostgreSQL's binary format; `None` is NULL.
    ///
    /// # Errors
    /// NULL for a type that is not an `Option`, a value that the Rust type cannot hold, or malformed bytes.
    fn decode(cell: Option<&[u8]>) -> Result<Self, ValueError>;
}

/// A type that can be the element of an array column: every scalar type and an `Option` of it, but not `Vec`.
///
/// PostgreSQL's arrays carry no fixed number of dimensions, so `Vec<Vec<T>>` would promise what no column keeps.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the element of an array column",
    label = "not an array element",
    note = "PostgreSQL's array types have no fixed dimensions; use `Vec` of a scalar type, or `Json<Vec<{Self}>>`"
)]
pub trait Element: DbType {}

/// What a row, or a part of one, is decoded into: column types, models, `#[derive(Row)]` structs and tuples of them.
#[diagnostic::on_unimplemented(
    message = "a `{Self}` cannot be read from a row",
    label = "not a row type",
    note = "derive `Row` for it, or select a tuple"
)]
pub trait FromRow: Sized + Send + 'static {
    /// How many columns it takes.
    const WIDTH: usize;

    /// Takes [`WIDTH`](Self::WIDTH) columns and checks that each can be decoded. Done once per statement, so that
    /// decoding need not look at types again.
    ///
    /// # Errors
    /// [`ErrorKind::ColumnType`](crate::ErrorKind::ColumnType) when a column has another type than the program believes.
    fn check(columns: &mut Columns<'_>) -> Result<(), Error>;

    /// Decodes the columns from position `at`.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`](crate::ErrorKind::Decode) with the column's position.
    fn from_row(row: &Row<'_>, at: usize) -> Result<Self, Error>;

    /// Like [`from_row`](Self::from_row), but `None` when the row has no such part: a NULL, or the missing side of an
    /// outer join.
    ///
    /// # Errors
    /// As [`from_row`](Self::from_row).
    fn from_row_optional(row: &Row<'_>, at: usize) -> Result<Option<Self>, Error>;
}

#[diagnostic::do_not_recommend]
impl<T: DbType<Null = NotNull, Base = B>, B> DbType for Option<T>
where
    B: DbType<Null = NotNull, Base = B>,
{
    type Base = B;
    type Null = Nullable;
    const TYPE: &'static PgType = T::TYPE;
    const VALUES: Option<&'static [&'static str]> = T::VALUES;

    fn encode(&self, out: &mut Buffer) -> Result<IsNull, ValueError> {
        match self {
            Some(value) => value.encode(out),
            None => Ok(IsNull::Yes),
        }
    }

    fn decode(cell: Option<&[u8]>) -> Result<Self, ValueError> {
        match cell {
            Some(_) => T::decode(cell).map(Some),
            None => Ok(None),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<T: Element + DbType<Null = NotNull>> Element for Option<T> where Option<T>: DbType {}

impl<T: FromRow> FromRow for Option<T> {
    const WIDTH: usize = T::WIDTH;

    fn check(columns: &mut Columns<'_>) -> Result<(), Error> {
        T::check(columns)
    }

    fn from_row(row: &Row<'_>, at: usize) -> Result<Self, Error> {
        T::from_row_optional(row, at)
    }

    fn from_row_optional(row: &Row<'_>, at: usize) -> Result<Option<Self>, Error> {
        T::from_row_optional(row, at).map(|value| value.map(Some))
    }
}

/// Implements [`FromRow`] (and with `element`, [`Element`]) for a type that has [`DbType`]: one column, decoded by it.
#[doc(hidden)]
#[macro_export]
macro_rules! __db_type_in_rows {
    ($type:ty, element) => {
        #[diagnostic::do_not_recommend]
        impl $crate::Element for $type {}
        $crate::__db_type_in_rows!($type);
    };
    ($type:ty) => {
        impl $crate::FromRow for $type {
            const WIDTH: usize = 1;
            fn check(columns: &mut $crate::Columns<'_>) -> ::core::result::Result<(), $crate::Error> {
                columns.next::<$type>()
            }
            #[inline]
            fn from_row(row: &$crate::Row<'_>, at: usize) -> ::core::result::Result<Self, $crate::Error> {
                row.get(at)
            }
            #[inline]
            fn from_row_optional(
                row: &$crate::Row<'_>,
                at: usize,
            ) -> ::core::result::Result<::core::option::Option<Self>, $crate::Error> {
                row.get_optional(at)
            }
        }
    };
}

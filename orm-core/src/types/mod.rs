//! Rust types and their PostgreSQL types.
//!
//! [`DbType`] joins a Rust type to a [`PgType`] and to PostgreSQL's binary format; its documentation has the table of
//! all types. One file per family of types. What cannot be represented on the other side is a typed [`ValueError`], never
//! a changed value and never a panic, whatever the bytes. The codecs are our own, because others do change values:
//! rust_decimal's rounds a `numeric` to 28 places, and postgres-types' `Vec` ignores where an array starts.

mod array;
mod buffer;
#[cfg(any(feature = "chrono", feature = "time", feature = "jiff"))]
mod calendar;
#[cfg(feature = "chrono")]
mod chrono;
mod inet;
mod infinity;
mod integer;
mod interval;
#[cfg(feature = "jiff")]
mod jiff;
#[cfg(feature = "json")]
mod json;
mod macaddr;
mod multirange;
mod nullness;
#[cfg(feature = "decimal")]
mod numeric;
mod pg_type;
mod range;
#[cfg(test)]
mod testing;
mod text;
mod text_search;
#[cfg(feature = "time")]
mod time;
#[cfg(feature = "uuid")]
mod uuid;

pub(crate) use array::{encode_array, take_i32, take_sized};
pub use buffer::{Buffer, IsNull, ValueError};
pub use infinity::{HasInfinity, MaybeInfinite};
pub use interval::Interval;
#[cfg(feature = "json")]
pub use json::Json;
#[cfg(feature = "json")]
pub(crate) use json::parse as parse_json;
pub use macaddr::MacAddr;
pub use multirange::MultiRange;
pub use nullness::{NotNull, Nullable, Nullness};
pub use pg_type::{CompositeField, PgKind, PgType, ResultType, builtin};
pub use range::{Range, RangeElement};
pub(crate) use text::encode_text;
pub use text_search::{Lexeme, Position, TsQuery, TsVector, Weight};

use crate::driver::{Columns, Row};
use crate::error::Error;
use crate::model::{ColumnDef, Generation};

/// A Rust type that a PostgreSQL column can hold.
///
/// `Option<T>` is the only type that is NULL; every other type is `NOT NULL`.
///
/// | Rust | feature | PostgreSQL | refused |
/// |---|---|---|---|
/// | `bool` | | `bool` | |
/// | `i16`, `i32`, `i64` | | `int2`, `int4`, `int8` | |
/// | `f32`, `f64` | | `float4`, `float8` | |
/// | `String`, `Box<str>`, `Arc<str>`, `Cow<'static, str>` | | `text` (reads `varchar`, `char(n)`, `name`) | the character NUL |
/// | `Vec<u8>` | | `bytea` | |
/// | `Vec<T>`, `Vec<Option<T>>` | | `T[]` | reading more than one dimension, or a first index other than 1 |
/// | [`Interval`] | | `interval` | |
/// | `std::net::IpAddr` | | `inet` | reading one with a netmask |
/// | `cidr::IpInet`, `cidr::IpCidr` | `cidr` | `inet`, `cidr` | |
/// | [`Range<T>`](Range) of `i32`, `i64` | | `int4range`, `int8range` | a lower bound above the upper |
/// | `Range<T>` of `Decimal`, a date, a timestamp | as `T`'s | `numrange`, `daterange`, `tsrange`, `tstzrange` | as for `T` |
/// | [`MultiRange<T>`](MultiRange) | as `T`'s | `int4multirange` … (PostgreSQL 14) | as for its ranges |
/// | [`TsVector`], [`TsQuery`] | | `tsvector`, `tsquery` | NUL; sending an empty `TsQuery` |
/// | [`MacAddr`] | | `macaddr` | |
/// | `uuid::Uuid` | `uuid` | `uuid` | |
/// | `rust_decimal::Decimal` | `decimal` | `numeric`, with its scale | reading NaN, infinity, more than 96 bits of digits, more than 28 of them after the point |
/// | `chrono::DateTime<Utc>`, `time::OffsetDateTime`, `jiff::Timestamp` | `chrono`, `time`, `jiff` | `timestamptz` | infinity, years that the other side has not, chrono's leap seconds |
/// | `chrono::NaiveDateTime`, `time::PrimitiveDateTime`, `jiff::civil::DateTime` | the same | `timestamp` | the same |
/// | `chrono::NaiveDate`, `time::Date`, `jiff::civil::Date` | the same | `date` | infinity, years that the other side has not |
/// | `chrono::NaiveTime`, `time::Time`, `jiff::civil::Time` | the same | `time` | reading 24:00:00; chrono's leap seconds |
/// | [`MaybeInfinite<T>`](MaybeInfinite) of a date or timestamp | as `T`'s | as `T`'s | as for `T`, but infinity |
/// | `serde_json::Value` | `json` | `jsonb` (reads `json`) | NUL, more than 127 levels; reading a number that would lose digits |
/// | `Json<T>` | `json` | `jsonb` (reads `json`) | NUL, more than 127 levels, NaN, infinity; reading what `T` is not |
///
/// Everything else comes back as it was: floats bit by bit, with NaN and `-0`; decimals digit by digit. In three places
/// PostgreSQL's types hold less than Rust's, and a value changes without an error:
///
/// - **Nanoseconds are cut off.** PostgreSQL counts microseconds, and every `now()` has nanoseconds. They are cut off when
///   a value is stored, towards the past, so that it never leaves its second, day or year; PostgreSQL itself *rounds* the
///   text of a literal, which makes `24:00:00` of `'23:59:59.9999999'::time`.
/// - **A `timestamptz` keeps no offset.** A `time::OffsetDateTime` comes back in UTC: the same instant, and `==`.
/// - **`jsonb` and `numeric` have one zero**, so `-0` becomes `0`, which is `==`; and ranges of integers and dates, and JSON
///   documents, come back in PostgreSQL's spelling, as [`Range`] and `Json` tell.
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
    /// A column of this type, still without a name: one path for the compiler where a model's metadata would need four.
    #[doc(hidden)]
    const COLUMN: ColumnDef = ColumnDef {
        name: "",
        field: "",
        model: "",
        ty: Self::TYPE,
        array: PgType::array(Self::TYPE),
        sql_type: None,
        nullable: <Self::Null as Nullness>::NULLABLE,
        values: Self::VALUES,
        default: None,
        generation: Generation::No,
    };

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
    /// Whether each of its columns may be NULL though it is there: an `Option`, or a tuple or row of nothing but these.
    const NULLABLE: bool = false;

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
    /// A model is missing if its key is NULL (of a view: all of it), a tuple or `#[derive(Row)]` struct if a part is that
    /// is no `Option`. One of nothing but `Option`s is missing if all its columns are NULL: a row of NULLs alone cannot be
    /// told from none. An `Option` itself is never missing.
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

#[diagnostic::do_not_recommend]
impl<T: FromRow> FromRow for Option<T> {
    const WIDTH: usize = T::WIDTH;
    const NULLABLE: bool = true;

    fn check(columns: &mut Columns<'_>) -> Result<(), Error> {
        T::check(columns)
    }

    fn from_row(row: &Row<'_>, at: usize) -> Result<Self, Error> {
        T::from_row_optional(row, at)
    }

    fn from_row_optional(row: &Row<'_>, at: usize) -> Result<Option<Self>, Error> {
        T::from_row_optional(row, at).map(Some)
    }
}

/// Implements [`FromRow`] (and with `element`, [`Element`]) for a type that has [`DbType`]: one column, decoded by it.
/// A generic type names its parameters first: `impl [T: Bound] Wrapper<T>`.
#[doc(hidden)]
#[macro_export]
macro_rules! __db_type_in_rows {
    (impl [$($generics:tt)*] $type:ty, element) => {
        #[diagnostic::do_not_recommend]
        impl<$($generics)*> $crate::Element for $type {}
        $crate::__db_type_in_rows!(impl [$($generics)*] $type);
    };
    (impl [$($generics:tt)*] $type:ty) => {
        #[diagnostic::do_not_recommend]
        impl<$($generics)*> $crate::FromRow for $type {
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
        $crate::__column_in_scope!(impl [$($generics)*] $type);
    };
    ($type:ty, element) => {
        $crate::__db_type_in_rows!(impl [] $type, element);
    };
    ($type:ty) => {
        $crate::__db_type_in_rows!(impl [] $type);
    };
}

/// Implements [`InScope`](crate::InScope) for a type that is a single column of a derived table.
#[doc(hidden)]
#[macro_export]
macro_rules! __column_in_scope {
    (impl [$($generics:tt)*] $type:ty) => {
        #[diagnostic::do_not_recommend]
        impl<$($generics)*> $crate::InScope for $type {
            type Fields<Null: $crate::Nullness> = $crate::Column<(), $type, $crate::Computed, Null>;
            type Nullable = ::core::option::Option<$type>;
            type Push<X: $crate::InScope> = ($type, X);
            type Room = $crate::__private::HasRoom;
            fn fields<Null: $crate::Nullness>(source: $crate::Source) -> Self::Fields<Null> {
                $crate::__private::single_column(source)
            }
            fn nullable(fields: Self::Fields<$crate::NotNull>) -> Self::Fields<$crate::Nullable> {
                $crate::__private::moved_column(fields, &|source| source)
            }
            fn push<X: $crate::InScope>(
                fields: Self::Fields<$crate::NotNull>,
                added: $crate::InScopeOf<X>,
            ) -> (Self::Fields<$crate::NotNull>, $crate::InScopeOf<X>) {
                (fields, added)
            }
            fn map_sources<Null: $crate::Nullness>(
                fields: Self::Fields<Null>,
                map: &dyn Fn($crate::Source) -> $crate::Source,
            ) -> Self::Fields<Null> {
                $crate::__private::moved_column(fields, map)
            }
            fn append<Null: $crate::Nullness>(fields: Self::Fields<Null>, items: &mut ::std::vec::Vec<$crate::Node>) {
                items.push($crate::Expression::into_node(fields));
            }
        }
    };
}

//! Functions, operators and aggregates that a program declares: its own, or an extension's.

use super::{Is, Mode, Operand};
use crate::sql::Node;
use crate::types::{DbType, Nullness};

/// An argument of a declared function, operator or aggregate whose parameter is a `T`: a value, column or expression of that
/// type, perhaps NULL.
///
/// For a parameter of type `Option<T>` a NULL does not make the result NULL; for a parameter of type `T` it does.
#[diagnostic::on_unimplemented(
    message = "expected `{T}`, found `{Self}`",
    label = "expected a value, column or expression of type `{T}`"
)]
pub trait Argument<T> {
    /// Whether it makes the result NULL, and when it is computed.
    type Mode: Mode;
    /// The untyped tree.
    #[doc(hidden)]
    fn into_argument(self) -> Node;
}

#[diagnostic::do_not_recommend]
impl<T: DbType, A: Operand<T::Base>> Argument<T> for A {
    type Mode = Is<<T::Null as Nullness>::Lets<<A::Mode as Mode>::Null>, <A::Mode as Mode>::Phase>;
    fn into_argument(self) -> Node {
        self.into_operand()
    }
}

/// Declares functions of the database, so that queries call them as they call `lower`.
///
/// Each line is a function's signature, ended by `;`. What comes out is a Rust function of the same name that takes values,
/// columns and expressions of those types. Names are quoted, so they are as the database has them; `= "name"` gives one
/// that Rust cannot have, or a second signature of the same function. A schema stands before the name.
///
/// A function is taken to be *strict*, as most are: a NULL among its arguments makes it NULL, so the result is an `Option`
/// if an argument is. A parameter that takes NULL is declared as `Option<T>`. A function that gives NULL by itself is
/// declared to give an `Option`. What is declared wrongly is the server's error (42883 for a function that is not there,
/// [`ErrorKind::ColumnType`](crate::ErrorKind::ColumnType) for one that gives another type).
///
/// ```
/// # use orm_core as orm;
/// orm::sql_function! {
///     /// `similarity(a, b)` of pg_trgm: 0 to 1.
///     pub fn similarity(a: String, b: String) -> f32;
///     /// The price without tax; 0 without a price.
///     pub fn shop.net(price: Option<f64>, rate: f64) -> f64;
///     /// PostGIS.
///     fn st_distance(a: Geometry, b: Geometry) -> f64;
///     /// The same in metres.
///     fn distance_in_metres(a: Geometry, b: Geometry, spheroid: bool) -> f64 = "st_distance";
/// }
/// # type Geometry = Vec<u8>;
/// # fn main() {
/// let condition = similarity("anne", "ann").gt(0.3);
/// # use orm::Compare as _;
/// # let _ = condition;
/// # }
/// ```
#[macro_export]
macro_rules! sql_function {
    () => {};
    (
        $(#[$meta:meta])*
        $vis:vis fn $schema:ident . $name:ident($($arg:ident: $type:ty),* $(,)?) -> $gives:ty $(= $sql:literal)?;
        $($rest:tt)*
    ) => {
        $crate::__sql_function! {
            [$(#[$meta])* $vis] $name [::core::option::Option::Some(::core::stringify!($schema))] [$($sql)?]
            [$($arg: $type),*] $gives
        }
        $crate::sql_function! { $($rest)* }
    };
    (
        $(#[$meta:meta])*
        $vis:vis fn $name:ident($($arg:ident: $type:ty),* $(,)?) -> $gives:ty $(= $sql:literal)?;
        $($rest:tt)*
    ) => {
        $crate::__sql_function! {
            [$(#[$meta])* $vis] $name [::core::option::Option::None] [$($sql)?]
            [$($arg: $type),*] $gives
        }
        $crate::sql_function! { $($rest)* }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __sql_function {
    ([$($head:tt)*] $name:ident [$schema:expr] [$($sql:literal)?] [$($arg:ident: $type:ty),*] $gives:ty) => {
        #[allow(non_camel_case_types, clippy::too_many_arguments)]
        $($head)* fn $name<$($arg: $crate::Argument<$type>),*>(
            $($arg: $arg),*
        ) -> $crate::__private::Called<($(<$arg as $crate::Argument<$type>>::Mode,)*), $gives> {
            $crate::__private::call_function(
                $schema,
                $crate::__sql_name!($name $($sql)?),
                ::std::vec![$($crate::Argument::<$type>::into_argument($arg)),*],
            )
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __sql_name {
    ($name:ident) => {
        ::core::stringify!($name)
    };
    ($name:ident $sql:literal) => {
        $sql
    };
}

/// Declares operators of the database as functions: `distance(p.embedding, &query).asc()` for `embedding <-> $1`.
///
/// Each line is a signature with two parameters, or one for an operator that stands before its operand, and the
/// operator's symbol; a schema stands before the symbol. A NULL on a side makes it NULL, as with
/// [`sql_function`](crate::sql_function). A symbol that cannot be an operator of PostgreSQL does not compile.
///
/// ```
/// # use orm_core as orm;
/// # type Vector = Vec<f32>;
/// orm::sql_operator! {
///     /// Euclidean distance of pgvector.
///     pub fn distance(a: Vector, b: Vector) -> f64 = "<->";
///     /// Cosine distance, with the extension in a schema of its own.
///     pub fn cosine_distance(a: Vector, b: Vector) -> f64 = extensions."<=>";
/// }
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! sql_operator {
    () => {};
    (
        $(#[$meta:meta])*
        $vis:vis fn $name:ident($($arg:ident: $type:ty),+ $(,)?) -> $gives:ty = $schema:ident . $symbol:literal;
        $($rest:tt)*
    ) => {
        $crate::__sql_operator! {
            [$(#[$meta])* $vis] $name $symbol [::core::option::Option::Some(::core::stringify!($schema))]
            [$($arg: $type),+] $gives
        }
        $crate::sql_operator! { $($rest)* }
    };
    (
        $(#[$meta:meta])*
        $vis:vis fn $name:ident($($arg:ident: $type:ty),+ $(,)?) -> $gives:ty = $symbol:literal;
        $($rest:tt)*
    ) => {
        $crate::__sql_operator! {
            [$(#[$meta])* $vis] $name $symbol [::core::option::Option::None] [$($arg: $type),+] $gives
        }
        $crate::sql_operator! { $($rest)* }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __sql_operator {
    ([$($head:tt)*] $name:ident $symbol:literal [$schema:expr] [$($arg:ident: $type:ty),+] $gives:ty) => {
        #[allow(non_camel_case_types)]
        $($head)* fn $name<$($arg: $crate::Argument<$type>),+>(
            $($arg: $arg),+
        ) -> $crate::__private::Called<($(<$arg as $crate::Argument<$type>>::Mode,)+), $gives> {
            const _: () = ::core::assert!(
                $crate::__private::is_operator($symbol),
                "an operator of PostgreSQL is made of + - * / < > = ~ ! @ # % ^ & | ` ?, without -- and /*"
            );
            const OPERATOR: $crate::__private::Operator = $crate::__private::Operator {
                symbol: $symbol,
                infix: &["", ::core::concat!(" ", $symbol, " "), ""],
                prefix: &[::core::concat!($symbol, " "), ""],
                prefix_spelled: &[::core::concat!("OPERATOR(", $symbol, ") "), ""],
                spelled: &["", ::core::concat!(" OPERATOR(", $symbol, ") "), ""],
                in_schema: &["", " OPERATOR(", ::core::concat!(".", $symbol, ") "), ""],
                prefix_in_schema: &["OPERATOR(", ::core::concat!(".", $symbol, ") "), ""],
            };
            $crate::__private::call_operator(
                &OPERATOR,
                $schema,
                [$($crate::Argument::<$type>::into_argument($arg)),+],
            )
        }
    };
}

/// Declares aggregates of the database: functions of a group, `geo_mean(&g, |p| p.score)`.
///
/// Each line is a signature as for [`sql_function`](crate::sql_function). The Rust function takes the group, as the closures
/// behind `group_by` and `aggregate` receive it, and a closure that gives the argument of each row (of an aggregate with
/// several, a tuple). `g.filter(…)`, `g.distinct()` and `g.order_by(…)` are given as the group. The result is of the
/// declared type: of an aggregate that is NULL for no rows an `Option`.
///
/// ```
/// # use orm_core as orm;
/// orm::sql_aggregate! {
///     /// The geometric mean; NULL of no rows.
///     pub fn geo_mean(value: f64) -> Option<f64>;
///     pub fn stats.weighted(value: f64, weight: i32) -> Option<f64> = "weighted_mean";
/// }
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! sql_aggregate {
    () => {};
    (
        $(#[$meta:meta])*
        $vis:vis fn $schema:ident . $name:ident($($arg:ident: $type:ty),+ $(,)?) -> $gives:ty $(= $sql:literal)?;
        $($rest:tt)*
    ) => {
        $crate::__sql_aggregate! {
            [$(#[$meta])* $vis] $name [::core::option::Option::Some(::core::stringify!($schema))] [$($sql)?]
            [$($arg: $type),+] $gives
        }
        $crate::sql_aggregate! { $($rest)* }
    };
    (
        $(#[$meta:meta])*
        $vis:vis fn $name:ident($($arg:ident: $type:ty),+ $(,)?) -> $gives:ty $(= $sql:literal)?;
        $($rest:tt)*
    ) => {
        $crate::__sql_aggregate! {
            [$(#[$meta])* $vis] $name [::core::option::Option::None] [$($sql)?]
            [$($arg: $type),+] $gives
        }
        $crate::sql_aggregate! { $($rest)* }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __sql_aggregate {
    ([$($head:tt)*] $name:ident [$schema:expr] [$($sql:literal)?] [$arg:ident: $type:ty] $gives:ty) => {
        #[allow(non_camel_case_types)]
        $($head)* fn $name<Row: $crate::InScope, Key: ::core::clone::Clone, Values, $arg: $crate::Argument<$type>>(
            group: &$crate::Group<Row, Key, Values>,
            $arg: impl ::core::ops::FnOnce($crate::InScopeOf<Row>) -> $arg,
        ) -> $crate::Expr<$gives, $crate::Aggregate>
        where
            <$arg::Mode as $crate::Mode>::Phase: $crate::OfOneRow,
        {
            $crate::__private::call_aggregate(
                group,
                ($schema, $crate::__sql_name!($name $($sql)?)),
                |row| ::std::vec![$crate::Argument::<$type>::into_argument($arg(row))],
            )
        }
    };
    ([$($head:tt)*] $name:ident [$schema:expr] [$($sql:literal)?] [$($arg:ident: $type:ty),+] $gives:ty) => {
        #[allow(non_camel_case_types)]
        $($head)* fn $name<Row: $crate::InScope, Key: ::core::clone::Clone, Values, $($arg: $crate::Argument<$type>),+>(
            group: &$crate::Group<Row, Key, Values>,
            values: impl ::core::ops::FnOnce($crate::InScopeOf<Row>) -> ($($arg,)+),
        ) -> $crate::Expr<$gives, $crate::Aggregate>
        where
            $(<$arg::Mode as $crate::Mode>::Phase: $crate::OfOneRow,)+
        {
            $crate::__private::call_aggregate(
                group,
                ($schema, $crate::__sql_name!($name $($sql)?)),
                |row| {
                    let ($($arg,)+) = values(row);
                    ::std::vec![$($crate::Argument::<$type>::into_argument($arg)),+]
                },
            )
        }
    };
}

/// Makes a type of yours, for which you have written [`DbType`](crate::DbType), one that columns can have: it is read from
/// rows, alone and in arrays, and is what a derived table may consist of.
///
/// The derives do that by themselves. It is for the types of extensions whose binary format no Rust type of this crate has:
///
/// ```
/// # use orm_core as orm;
/// use orm::{Buffer, DbType, IsNull, NotNull, PgKind, PgType, ValueError};
///
/// /// `vector` of pgvector.
/// #[derive(Debug, Clone, PartialEq)]
/// struct Vector(Vec<f32>);
///
/// impl DbType for Vector {
///     type Base = Self;
///     type Null = NotNull;
///     // Known by its name, because its OID differs between databases.
///     const TYPE: &'static PgType = &PgType::named(None, "vector", PgKind::Scalar);
///
///     fn encode(&self, out: &mut Buffer) -> Result<IsNull, ValueError> {
///         let count = u16::try_from(self.0.len()).map_err(|_| ValueError::new("a vector has too many dimensions"))?;
///         out.put(&count.to_be_bytes());
///         out.put(&[0, 0]);
///         for number in &self.0 {
///             out.put(&number.to_be_bytes());
///         }
///         Ok(IsNull::No)
///     }
///
///     fn decode(cell: Option<&[u8]>) -> Result<Self, ValueError> {
///         let bytes = cell.ok_or(ValueError::null())?;
///         let numbers = bytes.get(4..).ok_or(ValueError::malformed("vector"))?.chunks_exact(4);
///         let number = |bytes: &[u8]| f32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
///         Ok(Self(numbers.map(number).collect()))
///     }
/// }
/// orm::column_type!(Vector);
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! column_type {
    ($type:ty) => {
        $crate::__db_type_in_rows!($type, element);
    };
}

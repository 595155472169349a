//! What each family of aggregates takes and gives.

use crate::types::{DbType, Element, Interval, NotNull};

/// A type whose values PostgreSQL adds up and averages.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be added up",
    label = "expected a number or an interval",
    note = "the sum of `i64` and all averages of integers are `numeric`, so they need the feature `decimal`; or use `.cast::<f64>()`"
)]
pub trait Summable: DbType {
    /// The type of `sum`: a wider one for integers.
    type Sum: DbType;
    /// The type of `avg`.
    type Average: DbType;
}

macro_rules! summable {
    ($($type:ty => $sum:ty, $average:ty;)*) => { $(
        #[diagnostic::do_not_recommend]
        impl Summable for $type {
            type Sum = Option<$sum>;
            type Average = Option<$average>;
        }
    )* };
}
summable! {
    f32 => f32, f64;
    f64 => f64, f64;
    Interval => Interval, Interval;
}
#[cfg(feature = "decimal")]
summable! {
    i16 => i64, rust_decimal::Decimal;
    i32 => i64, rust_decimal::Decimal;
    i64 => rust_decimal::Decimal, rust_decimal::Decimal;
    rust_decimal::Decimal => rust_decimal::Decimal, rust_decimal::Decimal;
}

/// A type for which PostgreSQL has `min` and `max`. The derives of enums and newtypes implement it.
#[diagnostic::on_unimplemented(
    message = "PostgreSQL has no smallest and greatest `{Self}`",
    label = "expected a number, text, date, time, interval, address, enum or an array",
    note = "of a `bool` use `.bool_and(…)` and `.bool_or(…)`; of others the first value of an order, by `.array_agg(…)` or \
            a derived table"
)]
pub trait MinMax: DbType {
    /// The result: NULL of no rows.
    type Gives: DbType;
}

/// A type of which all `percentile_cont` are: what lies between two values is one of them.
#[diagnostic::on_unimplemented(
    message = "there is nothing between two values of `{Self}`",
    label = "expected a number or an interval",
    note = "`.percentile_disc(…)` takes one of the values as it is"
)]
pub trait Continuous: DbType {
    /// The result: `f64`, or an interval.
    type Gives: DbType;
    /// The results for several fractions.
    type List: DbType;
}

/// A type whose values have a variance.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no variance",
    label = "expected a number",
    note = "the variance of integers is `numeric`, so it needs the feature `decimal`; or use `.cast::<f64>()`"
)]
pub trait Statistical: DbType {
    /// The result: `f64` of floats, else `Decimal`.
    type Gives: DbType;
}

/// An integer: what has bits.
#[diagnostic::on_unimplemented(message = "`{Self}` has no bits to combine", label = "expected an integer")]
pub trait Bits: DbType {
    /// The result: NULL of no rows.
    type Gives: DbType;
}

/// What `string_agg` joins: text, or bytes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be joined by `string_agg`",
    label = "expected text or bytes",
    note = "make it text first: `.cast::<String>()`"
)]
pub trait Joined: DbType<Base = Self, Null = NotNull> {
    /// The result: NULL of no rows.
    type Gives: DbType;
}

/// What can be the key of a JSON object: texts, integers and UUIDs that are never NULL.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the key of a JSON object",
    label = "expected a text, an integer or a UUID that is never NULL",
    note = "give a nullable one by `.coalesce(…)`, and others by `.cast::<String>()`"
)]
pub trait ObjectKey: DbType {}

macro_rules! gives {
    ($trait:ident: $($type:ty => $gives:ty),* $(,)?) => { $(
        #[diagnostic::do_not_recommend]
        impl $trait for $type {
            type Gives = Option<$gives>;
        }
    )* };
}
macro_rules! min_max {
    ($($type:ty),* $(,)?) => { gives!(MinMax: $($type => $type),*); };
}

min_max!(i16, i32, i64, f32, f64, String, Interval, std::net::IpAddr);
#[cfg(feature = "decimal")]
min_max!(rust_decimal::Decimal);
#[cfg(feature = "chrono")]
min_max!(
    chrono::DateTime<chrono::Utc>,
    chrono::NaiveDateTime,
    chrono::NaiveDate,
    chrono::NaiveTime
);
#[cfg(feature = "time")]
min_max!(time::OffsetDateTime, time::PrimitiveDateTime, time::Date, time::Time);
#[cfg(feature = "jiff")]
min_max!(
    jiff::Timestamp,
    jiff::civil::DateTime,
    jiff::civil::Date,
    jiff::civil::Time
);
#[cfg(feature = "cidr")]
min_max!(cidr::IpInet);

#[diagnostic::do_not_recommend]
impl<T: Element> MinMax for Vec<T> {
    type Gives = Option<Vec<T>>;
}

macro_rules! continuous {
    ($($type:ty => $gives:ty),*) => { $(
        #[diagnostic::do_not_recommend]
        impl Continuous for $type {
            type Gives = Option<$gives>;
            type List = Option<Vec<$gives>>;
        }
    )* };
}
continuous!(i16 => f64, i32 => f64, i64 => f64, f32 => f64, f64 => f64, Interval => Interval);
#[cfg(feature = "decimal")]
continuous!(rust_decimal::Decimal => f64);

gives!(Statistical: f32 => f64, f64 => f64);
#[cfg(feature = "decimal")]
gives!(Statistical:
    i16 => rust_decimal::Decimal,
    i32 => rust_decimal::Decimal,
    i64 => rust_decimal::Decimal,
    rust_decimal::Decimal => rust_decimal::Decimal,
);

gives!(Bits: i16 => i16, i32 => i32, i64 => i64);
gives!(Joined: String => String, Vec<u8> => Vec<u8>);

macro_rules! object_keys {
    ($($type:ty),*) => { $(
        #[diagnostic::do_not_recommend]
        impl ObjectKey for $type {}
    )* };
}
object_keys!(
    String,
    Box<str>,
    std::sync::Arc<str>,
    std::borrow::Cow<'static, str>,
    i16,
    i32,
    i64
);
#[cfg(feature = "uuid")]
object_keys!(uuid::Uuid);

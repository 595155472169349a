//! Dates and times (*Date/Time Functions and Operators*), for the types of chrono, time and jiff alike.
//!
//! Functions are given for types without infinity: a column of such a type says that it holds none, and reading one that
//! does is an error anyway. Of a [`MaybeInfinite`](crate::MaybeInfinite) column [`finite`](TimeFunctions::finite) makes an
//! `Option` that all functions work on.

mod any;
mod fields;
mod functions;
mod interval;
mod make;

pub use any::{
    AnyDate, AnyInstant, AnyTime, AnyTimestamp, clock_timestamp, current_date, local_time, local_timestamp, now,
    statement_timestamp,
};
pub use fields::{TimeFields, TimeUnit};
pub use functions::{Period, TimeFunctions};
pub use interval::{IntervalFunctions, Span};
pub use make::{
    from_epoch, make_date, make_interval, make_time, make_timestamp, make_timestamptz, to_date, to_timestamp,
};

#[cfg(any(feature = "chrono", feature = "time", feature = "jiff"))]
use super::{Addition, Subtraction};
use crate::types::{DbType, HasInfinity, Interval, MaybeInfinite, NotNull};

/// A date, a timestamp or a time of day.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a date or time",
    label = "expected a date, timestamp or time of day"
)]
pub trait Temporal: DbType<Base = Self, Null = NotNull> {
    /// What one minus another gives: an [`Interval`], or for dates the days as `i32`.
    type Difference: DbType<Base = Self::Difference, Null = NotNull>;
}

/// A date or timestamp: what has a day of the week.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a date or timestamp",
    label = "expected a date or timestamp"
)]
pub trait Dated: Temporal {
    /// `T`. Said here, so that the error of a type that is no date is one of the method's result, and short.
    #[doc(hidden)]
    type Gives<T: DbType>: DbType;
}

/// A date.
#[diagnostic::on_unimplemented(message = "`{Self}` is not a date", label = "expected a date")]
pub trait Date: Dated {
    /// The type of a timestamp without time zone.
    type Local: DbType<Base = Self::Local, Null = NotNull>;
    /// The type of a time of day.
    type Time: DbType<Base = Self::Time, Null = NotNull>;
}

/// A time of day.
#[diagnostic::on_unimplemented(message = "`{Self}` is not a time of day", label = "expected a time of day")]
pub trait TimeOfDay: Temporal {}

/// A timestamp, with time zone or without.
#[diagnostic::on_unimplemented(message = "`{Self}` is not a timestamp", label = "expected a timestamp")]
pub trait Timestamp: Dated {
    /// What `AT TIME ZONE` makes of it: without time zone of one with, and the contrary.
    type InZone: DbType<Base = Self::InZone, Null = NotNull>;
}

/// `timestamptz`: an instant.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a timestamp with time zone",
    label = "expected a `timestamptz`, such as `DateTime<Utc>`"
)]
pub trait Instant: Timestamp {}

/// `timestamp`: a date and a time of day, of no zone.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a timestamp without time zone",
    label = "expected a `timestamp`, such as `NaiveDateTime`"
)]
pub trait LocalTimestamp: Timestamp {}

/// What has years, months and days: a date, a timestamp or an interval.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no years, months and days",
    label = "expected a date, timestamp or interval"
)]
pub trait WithDate: DbType {
    /// As for [`Dated`].
    #[doc(hidden)]
    type Gives<T: DbType>: DbType;
}

/// What has hours, minutes and seconds: a time of day, a timestamp or an interval.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no hours, minutes and seconds",
    label = "expected a time of day, timestamp or interval"
)]
pub trait WithTime: DbType {
    /// As for [`Dated`].
    #[doc(hidden)]
    type Gives<T: DbType>: DbType;
}

/// A date, a time of day, a timestamp or an interval.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a date, time or interval",
    label = "expected a date, time of day, timestamp or interval"
)]
pub trait TimeValue: DbType {
    /// As for [`Dated`].
    #[doc(hidden)]
    type Gives<T: DbType>: DbType;
}

/// What `date_trunc` takes: a timestamp or an interval.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be rounded down to a unit of time",
    label = "expected a timestamp or interval",
    note = "of a date, `.cast::<T>()` makes a timestamp"
)]
pub trait Truncatable: DbType<Base = Self, Null = NotNull> {}

/// A date or timestamp that may be infinite.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is always finite",
    label = "expected a column of `MaybeInfinite<T>`"
)]
pub trait PerhapsInfinite: DbType {
    /// The type without infinity.
    type Finite: DbType<Base = Self::Finite, Null = NotNull>;
}

#[diagnostic::do_not_recommend]
impl<T: HasInfinity> PerhapsInfinite for MaybeInfinite<T> {
    type Finite = T;
}

macro_rules! has {
    ($($trait:ident: $($type:ty),+;)+) => { $($(
        #[diagnostic::do_not_recommend]
        impl $trait for $type {
            type Gives<T: DbType> = T;
        }
    )+)+ };
}
has! {
    WithDate: Interval;
    WithTime: Interval;
    TimeValue: Interval;
}
#[diagnostic::do_not_recommend]
impl Truncatable for Interval {}

#[cfg(any(feature = "chrono", feature = "time", feature = "jiff"))]
macro_rules! temporal {
    ($instant:ty, $local:ty, $date:ty, $time:ty) => {
        has! {
            Dated: $instant, $local, $date;
            WithDate: $instant, $local, $date;
            WithTime: $instant, $local, $time;
            TimeValue: $instant, $local, $date, $time;
        }
        temporal!(@shifted Interval, Interval; $instant, $local, $time);
        temporal!(@shifted i32, i32; $date);
        temporal!(@timestamp $instant, $local);
        temporal!(@timestamp $local, $instant);
        #[diagnostic::do_not_recommend]
        impl Instant for $instant {}
        #[diagnostic::do_not_recommend]
        impl LocalTimestamp for $local {}
        #[diagnostic::do_not_recommend]
        impl TimeOfDay for $time {}
        #[diagnostic::do_not_recommend]
        impl Date for $date {
            type Local = $local;
            type Time = $time;
        }
    };
    (@timestamp $type:ty, $in_zone:ty) => {
        #[diagnostic::do_not_recommend]
        impl Timestamp for $type {
            type InZone = $in_zone;
        }
        #[diagnostic::do_not_recommend]
        impl Truncatable for $type {}
    };
    (@shifted $by:ty, $difference:ty; $($type:ty),+) => { $(
        #[diagnostic::do_not_recommend]
        impl Temporal for $type {
            type Difference = $difference;
        }
        /// `… + interval`, of dates `date + days`
        #[diagnostic::do_not_recommend]
        impl Addition for $type {
            type With = $by;
        }
        /// `… - interval`, of dates `date - days`
        #[diagnostic::do_not_recommend]
        impl Subtraction for $type {
            type With = $by;
        }
    )+ };
}

#[cfg(feature = "chrono")]
temporal!(
    chrono::DateTime<chrono::Utc>,
    chrono::NaiveDateTime,
    chrono::NaiveDate,
    chrono::NaiveTime
);
#[cfg(feature = "time")]
temporal!(time::OffsetDateTime, time::PrimitiveDateTime, time::Date, time::Time);
#[cfg(feature = "jiff")]
temporal!(
    jiff::Timestamp,
    jiff::civil::DateTime,
    jiff::civil::Date,
    jiff::civil::Time
);

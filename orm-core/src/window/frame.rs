//! Frames: their bounds as Rust's ranges.

use std::cmp::Ordering;
use std::ops::{RangeFrom, RangeFull, RangeInclusive, RangeToInclusive};

use crate::driver::Param;
use crate::sql::{Bound, Frame, Node};
use crate::types::{DbType, Interval};

/// The bounds of a frame: `a..=b`, `a..`, `..=b` or `..`. A negative one is before the current row, 0 is the current row, a
/// positive one is behind it. A frame that would end before it begins has no rows.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not bound a frame",
    label = "expected `a..=b`, `a..`, `..=b` or `..` of `{T}`",
    note = "a frame includes both of its ends"
)]
pub trait FrameBounds<T> {
    /// Its ends; `None` is unbounded.
    #[doc(hidden)]
    fn ends(self) -> (Option<T>, Option<T>);
}

#[diagnostic::do_not_recommend]
impl<T> FrameBounds<T> for RangeInclusive<T> {
    fn ends(self) -> (Option<T>, Option<T>) {
        let (start, end) = self.into_inner();
        (Some(start), Some(end))
    }
}

#[diagnostic::do_not_recommend]
impl<T> FrameBounds<T> for RangeFrom<T> {
    fn ends(self) -> (Option<T>, Option<T>) {
        (Some(self.start), None)
    }
}

#[diagnostic::do_not_recommend]
impl<T> FrameBounds<T> for RangeToInclusive<T> {
    fn ends(self) -> (Option<T>, Option<T>) {
        (None, Some(self.end))
    }
}

#[diagnostic::do_not_recommend]
impl<T> FrameBounds<T> for RangeFull {
    fn ends(self) -> (Option<T>, Option<T>) {
        (None, None)
    }
}

/// A type that a RANGE frame can be ordered by.
#[diagnostic::on_unimplemented(
    message = "a frame cannot reach so far in `{Self}`",
    label = "expected a number, date, time or interval",
    note = "`.order_by(…)` with `.rows(…)` or `.groups(…)` counts rows instead of values"
)]
pub trait RangeOrder: DbType {
    /// What is added to a value: the type itself of numbers (`f64` for `f32`), and an interval of dates and times.
    type Offset: FrameOffset;
}

/// A distance between two values.
pub trait FrameOffset: DbType {
    /// -1 before, 0 here, 1 behind.
    #[doc(hidden)]
    fn side(&self) -> i8;
    #[doc(hidden)]
    fn opposite(self) -> Self;
}

macro_rules! numbers {
    ($($type:ty, $zero:expr, $opposite:expr;)*) => { $(
        #[diagnostic::do_not_recommend]
        impl FrameOffset for $type {
            fn side(&self) -> i8 {
                match self.partial_cmp(&$zero) {
                    Some(Ordering::Less) => -1,
                    Some(Ordering::Equal) => 0,
                    // NaN, too, which the server refuses.
                    Some(Ordering::Greater) | None => 1,
                }
            }
            fn opposite(self) -> Self {
                $opposite(self)
            }
        }
    )* };
}
numbers! {
    i16, 0, i16::saturating_neg;
    i32, 0, i32::saturating_neg;
    i64, 0, i64::saturating_neg;
    f64, 0.0, std::ops::Neg::neg;
}
#[cfg(feature = "decimal")]
numbers!(rust_decimal::Decimal, rust_decimal::Decimal::ZERO, std::ops::Neg::neg;);

#[diagnostic::do_not_recommend]
impl FrameOffset for Interval {
    /// By PostgreSQL's own order: a month has 30 days, a day 24 hours.
    fn side(&self) -> i8 {
        let days = i128::from(self.months) * 30 + i128::from(self.days);
        let length = days * 86_400_000_000 + i128::from(self.microseconds);
        i8::from(length > 0) - i8::from(length < 0)
    }

    fn opposite(self) -> Self {
        Self {
            months: self.months.saturating_neg(),
            days: self.days.saturating_neg(),
            microseconds: self.microseconds.saturating_neg(),
        }
    }
}

macro_rules! range_orders {
    ($($type:ty => $offset:ty),* $(,)?) => { $(
        #[diagnostic::do_not_recommend]
        impl RangeOrder for $type {
            type Offset = $offset;
        }
    )* };
}
range_orders!(i16 => i16, i32 => i32, i64 => i64, f32 => f64, f64 => f64, Interval => Interval);
#[cfg(feature = "decimal")]
range_orders!(rust_decimal::Decimal => rust_decimal::Decimal);
#[cfg(feature = "chrono")]
range_orders!(
    chrono::DateTime<chrono::Utc> => Interval,
    chrono::NaiveDateTime => Interval,
    chrono::NaiveDate => Interval,
    chrono::NaiveTime => Interval,
);
#[cfg(feature = "time")]
range_orders!(
    time::OffsetDateTime => Interval,
    time::PrimitiveDateTime => Interval,
    time::Date => Interval,
    time::Time => Interval,
);
#[cfg(feature = "jiff")]
range_orders!(
    jiff::Timestamp => Interval,
    jiff::civil::DateTime => Interval,
    jiff::civil::Date => Interval,
    jiff::civil::Time => Interval,
);

/// Farther than any table has rows; PostgreSQL adds it to the row's number.
const FARTHEST: i64 = 1 << 62;

/// A frame that counts rows, or groups of them.
pub(super) fn frame(unit: &'static str, bounds: impl FrameBounds<i64>) -> Frame {
    let (start, end) = bounds.ends();
    let near = |rows: i64| rows.clamp(-FARTHEST, FARTHEST);
    between(unit, start.map(near), end.map(near))
}

/// A frame that measures values.
pub(super) fn range_frame<T: FrameOffset>(bounds: impl FrameBounds<T>) -> Frame {
    let (start, end) = bounds.ends();
    between("RANGE", start, end)
}

fn between<T: FrameOffset>(unit: &'static str, start: Option<T>, end: Option<T>) -> Frame {
    if let (Some(start), Some(end)) = (&start, &end)
        && start.side() > end.side()
    {
        // PostgreSQL refuses these words, but takes an empty frame in others.
        return between("ROWS", Some(-1_i64), Some(-2));
    }
    Frame {
        unit,
        start: start.map_or(Bound::Fixed("UNBOUNDED PRECEDING"), bound),
        end: end.map_or(Bound::Fixed("UNBOUNDED FOLLOWING"), bound),
        exclude: "",
    }
}

fn bound<T: FrameOffset>(offset: T) -> Bound {
    let param = |offset: T| Node::param(Param::new(&offset));
    match offset.side() {
        0 => Bound::Fixed("CURRENT ROW"),
        1.. => Bound::Following(param(offset)),
        _ => Bound::Preceding(param(offset.opposite())),
    }
}

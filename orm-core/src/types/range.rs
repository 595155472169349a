//! Ranges: `int4range`, `int8range`, `numrange`, `daterange`, `tsrange` and `tstzrange` as [`Range<T>`].
//!
//! The binary format is `range_send`'s: a byte of flags, then the lower and the upper bound behind their lengths, as far
//! as there are any.

use std::hash::{Hash, Hasher};
use std::ops::{self, Bound};

use super::array::take_sized;
use super::{Buffer, DbType, Element, IsNull, NotNull, PgType, ValueError, builtin};

const EMPTY: u8 = 0x01;
const LOWER_INCLUSIVE: u8 = 0x02;
const UPPER_INCLUSIVE: u8 = 0x04;
const LOWER_UNBOUNDED: u8 = 0x08;
const UPPER_UNBOUNDED: u8 = 0x10;
const ALL_FLAGS: u8 = 0x1F;

/// A PostgreSQL range.
///
/// `==` means what PostgreSQL's `=` means: the same values lie in both. PostgreSQL stores ranges of integers and dates
/// with an inclusive lower and an exclusive upper bound, so `1..=3` comes back as `1..4`: written differently, but
/// equal. Matching on the bounds sees the difference; [`canonical`](Self::canonical) removes it.
///
/// ```
/// use orm_core::Range;
///
/// let seats = Range::from(1..=3);
/// assert_eq!(seats, Range::from(1..4));
/// assert!(seats.contains(&3) && !seats.contains(&4));
/// assert!(Range::from(5..5).is_empty());
/// assert!(Range::<i64>::from(..).contains(&i64::MAX));
/// ```
#[derive(Debug, Clone, Copy)]
pub enum Range<T> {
    /// `empty`: no value lies in it.
    Empty,
    /// The values between a lower and an upper bound.
    Bounds(Bound<T>, Bound<T>),
}

/// A type that ranges can be made of.
#[diagnostic::on_unimplemented(
    message = "PostgreSQL has no range type over `{Self}`",
    label = "not the element of a range",
    note = "ranges are of i32, i64, Decimal, and the dates and timestamps of chrono, time and jiff"
)]
pub trait RangeElement: Element + DbType<Base = Self, Null = NotNull> + Copy + Ord {
    /// The type of the range: `int4range` for `i32`.
    const RANGE: &'static PgType;

    /// The type of the multirange: `int4multirange` for `i32`.
    const MULTIRANGE: &'static PgType;

    /// The next value of a discrete type (integers, dates); `None` for a continuous type and for the last value.
    #[must_use]
    fn successor(self) -> Option<Self> {
        None
    }
}

/// `int4range`.
impl RangeElement for i32 {
    const RANGE: &'static PgType = builtin::INT4RANGE;
    const MULTIRANGE: &'static PgType = builtin::INT4MULTIRANGE;

    fn successor(self) -> Option<Self> {
        self.checked_add(1)
    }
}

/// `int8range`.
impl RangeElement for i64 {
    const RANGE: &'static PgType = builtin::INT8RANGE;
    const MULTIRANGE: &'static PgType = builtin::INT8MULTIRANGE;

    fn successor(self) -> Option<Self> {
        self.checked_add(1)
    }
}

impl<T: RangeElement> Range<T> {
    /// The range as PostgreSQL stores it: empty if no value lies in it, and for a discrete type with an inclusive lower
    /// and an exclusive upper bound. A bound at the type's last value, which has no successor, stays as it is (the
    /// server refuses such a bound as out of range).
    #[must_use]
    pub fn canonical(self) -> Self {
        let Self::Bounds(mut lower, mut upper) = self else {
            return self;
        };
        if has_no_value(lower, upper) {
            return Self::Empty;
        }
        if let Bound::Excluded(value) = lower {
            lower = value.successor().map_or(lower, Bound::Included);
        }
        if let Bound::Included(value) = upper {
            upper = value.successor().map_or(upper, Bound::Excluded);
        }
        if has_no_value(lower, upper) {
            Self::Empty
        } else {
            Self::Bounds(lower, upper)
        }
    }

    /// Whether no value lies in it.
    #[must_use]
    pub fn is_empty(self) -> bool {
        matches!(self.canonical(), Self::Empty)
    }

    /// Whether the value lies in it: PostgreSQL's `@>`.
    #[must_use]
    pub fn contains(&self, value: &T) -> bool {
        match self {
            Self::Empty => false,
            Self::Bounds(lower, upper) => ops::RangeBounds::contains(&(*lower, *upper), value),
        }
    }
}

/// Whether the bounds meet or cross, as PostgreSQL sees it before it looks at what type they are of.
fn has_no_value<T: Ord>(lower: Bound<T>, upper: Bound<T>) -> bool {
    match (lower, upper) {
        (Bound::Unbounded, _) | (_, Bound::Unbounded) => false,
        (Bound::Included(lower), Bound::Included(upper)) => lower > upper,
        (Bound::Included(lower) | Bound::Excluded(lower), Bound::Included(upper) | Bound::Excluded(upper)) => {
            lower >= upper
        }
    }
}

impl<T: RangeElement> PartialEq for Range<T> {
    fn eq(&self, other: &Self) -> bool {
        match (self.canonical(), other.canonical()) {
            (Self::Empty, Self::Empty) => true,
            (Self::Bounds(lower, upper), Self::Bounds(other_lower, other_upper)) => {
                lower == other_lower && upper == other_upper
            }
            _ => false,
        }
    }
}

impl<T: RangeElement> Eq for Range<T> {}

impl<T: RangeElement + Hash> Hash for Range<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self.canonical() {
            Self::Empty => None,
            Self::Bounds(lower, upper) => Some((lower, upper)),
        }
        .hash(state);
    }
}

macro_rules! from_std {
    ($($range:ty, $name:pat => $lower:expr, $upper:expr;)*) => { $(
        impl<T> From<$range> for Range<T> {
            fn from($name: $range) -> Self {
                Self::Bounds($lower, $upper)
            }
        }
    )* };
}
from_std! {
    ops::Range<T>, range => Bound::Included(range.start), Bound::Excluded(range.end);
    ops::RangeFrom<T>, range => Bound::Included(range.start), Bound::Unbounded;
    ops::RangeTo<T>, range => Bound::Unbounded, Bound::Excluded(range.end);
    ops::RangeToInclusive<T>, range => Bound::Unbounded, Bound::Included(range.end);
    ops::RangeFull, _ => Bound::Unbounded, Bound::Unbounded;
    (Bound<T>, Bound<T>), (lower, upper) => lower, upper;
}

impl<T> From<ops::RangeInclusive<T>> for Range<T> {
    fn from(range: ops::RangeInclusive<T>) -> Self {
        let (lower, upper) = range.into_inner();
        Self::Bounds(Bound::Included(lower), Bound::Included(upper))
    }
}

#[diagnostic::do_not_recommend]
impl<T: RangeElement> DbType for Range<T> {
    type Base = Self;
    type Null = NotNull;
    const TYPE: &'static PgType = T::RANGE;

    fn encode(&self, out: &mut Buffer) -> Result<IsNull, ValueError> {
        let Self::Bounds(lower, upper) = self else {
            out.put(&[EMPTY]);
            return Ok(IsNull::No);
        };
        if bounds_cross(lower, upper) {
            return Err(ValueError::new(
                "the range's lower bound is greater than its upper bound, which PostgreSQL refuses; use `Range::Empty` \
                 for a range without values",
            ));
        }
        let (lower_flags, lower) = split(lower, LOWER_INCLUSIVE, LOWER_UNBOUNDED);
        let (upper_flags, upper) = split(upper, UPPER_INCLUSIVE, UPPER_UNBOUNDED);
        out.put(&[lower_flags | upper_flags]);
        for bound in [lower, upper].into_iter().flatten() {
            out.put_sized(|out| bound.encode(out))?;
        }
        Ok(IsNull::No)
    }

    fn decode(cell: Option<&[u8]>) -> Result<Self, ValueError> {
        let malformed = || ValueError::malformed(T::RANGE.name);
        let (flags, mut bytes) = cell.ok_or(ValueError::null())?.split_first().ok_or_else(malformed)?;
        if *flags == EMPTY && bytes.is_empty() {
            return Ok(Self::Empty);
        }
        if flags & !ALL_FLAGS != 0 || flags & EMPTY != 0 {
            return Err(malformed());
        }
        let lower = take_bound(&mut bytes, flags & LOWER_INCLUSIVE != 0, flags & LOWER_UNBOUNDED != 0)?;
        let upper = take_bound(&mut bytes, flags & UPPER_INCLUSIVE != 0, flags & UPPER_UNBOUNDED != 0)?;
        if !bytes.is_empty() || bounds_cross(&lower, &upper) {
            return Err(malformed());
        }
        Ok(Self::Bounds(lower, upper))
    }
}
crate::__db_type_in_rows!(impl [T: RangeElement] Range<T>, element);

fn bounds_cross<T: Ord>(lower: &Bound<T>, upper: &Bound<T>) -> bool {
    match (lower, upper) {
        (Bound::Unbounded, _) | (_, Bound::Unbounded) => false,
        (Bound::Included(lower) | Bound::Excluded(lower), Bound::Included(upper) | Bound::Excluded(upper)) => {
            lower > upper
        }
    }
}

fn split<T>(bound: &Bound<T>, inclusive: u8, unbounded: u8) -> (u8, Option<&T>) {
    match bound {
        Bound::Included(value) => (inclusive, Some(value)),
        Bound::Excluded(value) => (0, Some(value)),
        Bound::Unbounded => (unbounded, None),
    }
}

fn take_bound<T: RangeElement>(bytes: &mut &[u8], inclusive: bool, unbounded: bool) -> Result<Bound<T>, ValueError> {
    let malformed = || ValueError::malformed(T::RANGE.name);
    if unbounded {
        return if inclusive {
            Err(malformed())
        } else {
            Ok(Bound::Unbounded)
        };
    }
    let value = T::decode(Some(take_sized(bytes)?.ok_or_else(malformed)?))?;
    Ok(if inclusive {
        Bound::Included(value)
    } else {
        Bound::Excluded(value)
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{bytes_of, cannot_decode, refuses, survives_any_bytes};
    use super::*;

    fn same_bounds<T: RangeElement + std::fmt::Debug>(range: Range<T>) {
        let back = Range::<T>::decode(Some(&bytes_of(&range))).unwrap();
        assert_eq!(format!("{back:?}"), format!("{range:?}"));
    }

    #[test]
    fn every_kind_of_bound_comes_back() {
        let bounds = |value: i32| [Bound::Included(value), Bound::Excluded(value), Bound::Unbounded];
        for lower in bounds(i32::MIN) {
            for upper in bounds(i32::MAX) {
                same_bounds(Range::Bounds(lower, upper));
            }
        }
        same_bounds(Range::<i64>::Empty);
        same_bounds(Range::from(i64::MIN..=i64::MAX));
        assert_eq!(bytes_of(&Range::<i32>::Empty), [1]);
        assert_eq!(bytes_of(&Range::<i32>::from(..)), [0x18]);
        assert_eq!(
            bytes_of(&Range::from(1..2)),
            [2, 0, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 2]
        );
    }

    #[test]
    fn ranges_of_the_same_values_are_equal() {
        assert_eq!(Range::from(1..=3), Range::from(1..4));
        assert_eq!(Range::from((Bound::Excluded(0), Bound::Unbounded)), Range::from(1..));
        assert_eq!(Range::from((Bound::Excluded(1), Bound::Excluded(2))), Range::Empty);
        assert_eq!(Range::from(7..7), Range::Empty);
        assert_ne!(Range::from(..=i32::MAX), Range::from(..));
        assert_ne!(Range::from(..3), Range::from(..=3));
        assert!(Range::from((Bound::Excluded(i64::MAX), Bound::Unbounded)).canonical() != Range::Empty);
        let hash = |range: Range<i32>| {
            let mut hasher = std::hash::DefaultHasher::new();
            range.hash(&mut hasher);
            hasher.finish()
        };
        assert_eq!(hash(Range::from(1..=3)), hash(Range::from(1..4)));
    }

    #[test]
    fn a_range_with_crossed_bounds_is_refused() {
        let (four, two) = (4, 2);
        refuses(&Range::from(four..two), "lower bound");
        refuses(&Range::from(four..=two), "lower bound");
        cannot_decode::<Range<i32>>(
            &[2, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 2],
            "not a valid int4range",
        );
    }

    #[test]
    fn malformed_ranges_are_errors() {
        cannot_decode::<Range<i32>>(&[], "not a valid");
        cannot_decode::<Range<i32>>(&[1, 0], "not a valid");
        cannot_decode::<Range<i32>>(&[0x1a], "not a valid");
        cannot_decode::<Range<i32>>(&[0x38], "not a valid");
        cannot_decode::<Range<i32>>(&[0x10, 0xff, 0xff, 0xff, 0xff], "not a valid");
        cannot_decode::<Range<i32>>(&[0x10, 0x7f, 0xff, 0xff, 0xff], "not a valid");
        cannot_decode::<Range<i32>>(&[0x18, 0], "not a valid");
        assert!(Range::<i32>::decode(None).is_err());
        survives_any_bytes(&[Range::from(1..2), Range::from(i32::MIN..), Range::Empty]);
        survives_any_bytes(&[Range::from(1i64..=2), Range::from(..)]);
    }
}

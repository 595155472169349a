//! Multiranges (PostgreSQL 14 and later): `int4multirange`, `int8multirange`, `nummultirange`, `datemultirange`,
//! `tsmultirange` and `tstzmultirange` as [`MultiRange<T>`].
//!
//! The binary format is `multirange_send`'s: how many ranges, then each behind its length in `range_send`'s format.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::ops::Bound;

use super::array::{take_i32, take_sized};
use super::{Buffer, DbType, IsNull, NotNull, PgType, Range, RangeElement, ValueError};

/// A PostgreSQL multirange: a set of ranges. PostgreSQL 14 and later have it.
///
/// `==` means what PostgreSQL's `=` means: the same values lie in both. What comes back from PostgreSQL is in order, and
/// ranges that overlap or meet are one, as [`canonical`](Self::canonical) makes it.
///
/// ```
/// use orm_core::{MultiRange, Range};
///
/// let open = MultiRange::from([Range::from(9..12), Range::from(13..17)]);
/// assert!(open.contains(&9) && !open.contains(&12));
/// assert_eq!(MultiRange::from([Range::from(3..5), Range::from(1..4)]), MultiRange::from([Range::from(1..5)]));
/// assert!(MultiRange::from([Range::<i32>::Empty]).is_empty());
/// ```
#[derive(Debug, Clone, Default)]
pub struct MultiRange<T>(pub Vec<Range<T>>);

impl<T: RangeElement> MultiRange<T> {
    /// The multirange as PostgreSQL stores it: each range canonical, none empty, in order, and no two that overlap or
    /// meet.
    #[must_use]
    pub fn canonical(&self) -> Self {
        let mut bounds: Vec<(Bound<T>, Bound<T>)> = self.0.iter().filter_map(|range| bounds_of(*range)).collect();
        bounds.sort_by(|(left, _), (right, _)| by_lower(left, right));
        let mut merged: Vec<(Bound<T>, Bound<T>)> = Vec::with_capacity(bounds.len());
        for (lower, upper) in bounds {
            match merged.last_mut() {
                Some((_, last)) if meets(last, &lower) => {
                    if by_upper(last, &upper) == Ordering::Less {
                        *last = upper;
                    }
                }
                _ => merged.push((lower, upper)),
            }
        }
        Self(merged.into_iter().map(Range::from).collect())
    }

    /// Whether no value lies in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|range| range.is_empty())
    }

    /// Whether the value lies in it: PostgreSQL's `@>`.
    #[must_use]
    pub fn contains(&self, value: &T) -> bool {
        self.0.iter().any(|range| range.contains(value))
    }
}

fn bounds_of<T: RangeElement>(range: Range<T>) -> Option<(Bound<T>, Bound<T>)> {
    match range.canonical() {
        Range::Empty => None,
        Range::Bounds(lower, upper) => Some((lower, upper)),
    }
}

/// Which of two ranges begins first.
fn by_lower<T: Ord>(left: &Bound<T>, right: &Bound<T>) -> Ordering {
    use Bound::{Excluded, Included, Unbounded};
    match (left, right) {
        (Unbounded, Unbounded) => Ordering::Equal,
        (Unbounded, _) => Ordering::Less,
        (_, Unbounded) => Ordering::Greater,
        (Included(left), Included(right)) | (Excluded(left), Excluded(right)) => left.cmp(right),
        (Included(left), Excluded(right)) => left.cmp(right).then(Ordering::Less),
        (Excluded(left), Included(right)) => left.cmp(right).then(Ordering::Greater),
    }
}

/// Which of two ranges ends first.
fn by_upper<T: Ord>(left: &Bound<T>, right: &Bound<T>) -> Ordering {
    use Bound::{Excluded, Included, Unbounded};
    match (left, right) {
        (Unbounded, Unbounded) => Ordering::Equal,
        (Unbounded, _) => Ordering::Greater,
        (_, Unbounded) => Ordering::Less,
        (Included(left), Included(right)) | (Excluded(left), Excluded(right)) => left.cmp(right),
        (Included(left), Excluded(right)) => left.cmp(right).then(Ordering::Greater),
        (Excluded(left), Included(right)) => left.cmp(right).then(Ordering::Less),
    }
}

/// Whether no value lies between the end of one range and the beginning of another that begins no earlier.
fn meets<T: Ord>(upper: &Bound<T>, lower: &Bound<T>) -> bool {
    match (upper, lower) {
        (Bound::Unbounded, _) | (_, Bound::Unbounded) => true,
        (Bound::Excluded(upper), Bound::Excluded(lower)) => lower < upper,
        (Bound::Included(upper) | Bound::Excluded(upper), Bound::Included(lower) | Bound::Excluded(lower)) => {
            lower <= upper
        }
    }
}

impl<T: RangeElement> PartialEq for MultiRange<T> {
    fn eq(&self, other: &Self) -> bool {
        self.canonical().0 == other.canonical().0
    }
}

impl<T: RangeElement> Eq for MultiRange<T> {}

impl<T: RangeElement + Hash> Hash for MultiRange<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.canonical().0.hash(state);
    }
}

impl<T> From<Vec<Range<T>>> for MultiRange<T> {
    fn from(ranges: Vec<Range<T>>) -> Self {
        Self(ranges)
    }
}

impl<T, const N: usize> From<[Range<T>; N]> for MultiRange<T> {
    fn from(ranges: [Range<T>; N]) -> Self {
        Self(ranges.into())
    }
}

impl<T> From<Range<T>> for MultiRange<T> {
    fn from(range: Range<T>) -> Self {
        Self(vec![range])
    }
}

impl<T> FromIterator<Range<T>> for MultiRange<T> {
    fn from_iter<I: IntoIterator<Item = Range<T>>>(ranges: I) -> Self {
        Self(ranges.into_iter().collect())
    }
}

#[diagnostic::do_not_recommend]
impl<T: RangeElement> DbType for MultiRange<T> {
    type Base = Self;
    type Null = NotNull;
    const TYPE: &'static PgType = T::MULTIRANGE;

    fn encode(&self, out: &mut Buffer) -> Result<IsNull, ValueError> {
        let count = i32::try_from(self.0.len())
            .map_err(|_| ValueError::new("a multirange has more ranges than PostgreSQL allows"))?;
        out.put(&count.to_be_bytes());
        for range in &self.0 {
            out.put_sized(|out| range.encode(out))?;
        }
        Ok(IsNull::No)
    }

    fn decode(cell: Option<&[u8]>) -> Result<Self, ValueError> {
        let malformed = || ValueError::malformed(T::MULTIRANGE.name);
        let mut bytes = cell.ok_or(ValueError::null())?;
        let count = usize::try_from(take_i32(&mut bytes)?).map_err(|_| malformed())?;
        // Each takes at least its length and its flags, so a count that lies reserves no memory.
        if count > bytes.len() / 5 {
            return Err(malformed());
        }
        let mut ranges = Vec::with_capacity(count);
        for _ in 0..count {
            let range = take_sized(&mut bytes)?.ok_or_else(malformed)?;
            ranges.push(Range::decode(Some(range))?);
        }
        if bytes.is_empty() {
            Ok(Self(ranges))
        } else {
            Err(malformed())
        }
    }
}
crate::__db_type_in_rows!(impl [T: RangeElement] MultiRange<T>, element);

#[cfg(test)]
mod tests {
    use super::super::testing::{bytes_of, cannot_decode, refuses, survives_any_bytes};
    use super::*;

    #[test]
    fn ranges_come_back_as_they_were() {
        let ranges = MultiRange::from([Range::from(7..9), Range::from(1..=2), Range::Empty, Range::from(..)]);
        let back = MultiRange::<i32>::decode(Some(&bytes_of(&ranges))).unwrap();
        assert_eq!(format!("{back:?}"), format!("{ranges:?}"));
        assert_eq!(bytes_of(&MultiRange::<i32>::default()), [0; 4]);
    }

    #[test]
    fn what_holds_the_same_values_is_equal() {
        let merged = MultiRange::from([Range::from(5..7), Range::from(1..=4), Range::Empty, Range::from(9..)]);
        assert_eq!(
            format!("{:?}", merged.canonical()),
            format!("{:?}", MultiRange::from([Range::from(1..7), Range::from(9..)]))
        );
        assert_ne!(
            MultiRange::from([Range::from(1..3), Range::from(4..5)]),
            MultiRange::from(Range::from(1..5))
        );
        assert_eq!(
            MultiRange::from([Range::from(..3), Range::from(..9)]),
            MultiRange::from(Range::from(..9))
        );
    }

    #[test]
    fn malformed_multiranges_are_errors() {
        refuses(
            &MultiRange::from(Range::from((Bound::Included(4), Bound::Included(2)))),
            "lower bound",
        );
        cannot_decode::<MultiRange<i32>>(&[0, 0, 0, 9], "not a valid int4multirange");
        cannot_decode::<MultiRange<i32>>(&[0, 0, 0, 0, 1], "not a valid int4multirange");
        assert!(MultiRange::<i32>::decode(None).is_err());
        survives_any_bytes(&[MultiRange::from([Range::from(1..2), Range::from(4..)])]);
    }
}

//! Arrays: `Vec<T>` is `T`'s array type, one-dimensional, with `Vec<Option<T>>` where elements may be NULL.
//!
//! The binary format is `array_send`'s: dimensions, a NULL flag, the element's OID, then per dimension its length and
//! lower bound, then each element behind its length. PostgreSQL's arrays may have several dimensions and may start at
//! any index; a `Vec` has one and starts at its first element, so the others are refused, not flattened or shifted.

use super::{Buffer, DbType, Element, FromRow, IsNull, NotNull, PgType, ValueError};
use crate::driver::{Columns, Row};
use crate::error::Error;

/// PostgreSQL's `MaxArraySize`.
const MOST_ELEMENTS: usize = 134_217_727;

/// PostgreSQL's `FirstNormalObjectId`: smaller OIDs are its own types.
const FIRST_OF_USERS: u32 = 16_384;

#[diagnostic::do_not_recommend]
impl<T: Element> DbType for Vec<T> {
    type Base = Vec<T>;
    type Null = NotNull;
    const TYPE: &'static PgType = &PgType::array(T::TYPE);

    fn encode(&self, out: &mut Buffer) -> Result<IsNull, ValueError> {
        encode_array(T::TYPE, self.iter(), |value, out| value.encode(out), out)
    }

    fn decode(cell: Option<&[u8]>) -> Result<Self, ValueError> {
        let mut elements = ArrayElements::new(T::TYPE, cell.ok_or(ValueError::null())?)?;
        let mut values = Vec::with_capacity(elements.remaining);
        while let Some(cell) = elements.next_element()? {
            values.push(T::decode(cell)?);
        }
        Ok(values)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Element> FromRow for Vec<T> {
    const WIDTH: usize = 1;

    fn check(columns: &mut Columns<'_>) -> Result<(), Error> {
        columns.next::<Self>()
    }

    fn from_row(row: &Row<'_>, at: usize) -> Result<Self, Error> {
        row.get(at)
    }

    fn from_row_optional(row: &Row<'_>, at: usize) -> Result<Option<Self>, Error> {
        row.get_optional(at)
    }
}

/// Appends a one-dimensional array; an empty one has no dimension, as PostgreSQL's `'{}'` has none.
pub(crate) fn encode_array<V>(
    element: &'static PgType,
    values: impl ExactSizeIterator<Item = V>,
    encode: impl Fn(V, &mut Buffer) -> Result<IsNull, ValueError>,
    out: &mut Buffer,
) -> Result<IsNull, ValueError> {
    let count = i32::try_from(values.len())
        .ok()
        .filter(|_| values.len() <= MOST_ELEMENTS)
        .ok_or(ValueError::new(
            "an array has more elements than PostgreSQL allows (134,217,727)",
        ))?;
    let start = out.len();
    // The header, and per element its length and some bytes: numbers then need no growing.
    out.reserve(20 + 12 * values.len());
    let dimensions: i32 = i32::from(count > 0);
    out.put(&dimensions.to_be_bytes());
    out.put(&0i32.to_be_bytes());
    out.put(&element.oid.to_be_bytes());
    if count > 0 {
        out.put(&count.to_be_bytes());
        out.put(&1i32.to_be_bytes());
    }
    let mut nulls = false;
    for value in values {
        out.put_sized(|out| {
            let null = encode(value, out)?;
            nulls |= null == IsNull::Yes;
            Ok(null)
        })?;
    }
    if nulls {
        out.set_i32(start.saturating_add(4), 1);
    }
    Ok(IsNull::No)
}

/// The elements of an array in binary format.
struct ArrayElements<'a> {
    bytes: &'a [u8],
    /// Never more than `bytes` can hold.
    remaining: usize,
}

impl<'a> ArrayElements<'a> {
    fn new(element: &PgType, mut bytes: &'a [u8]) -> Result<Self, ValueError> {
        let dimensions = take_i32(&mut bytes)?;
        let has_nulls = take_i32(&mut bytes)?;
        let oid = take_i32(&mut bytes)?.cast_unsigned();
        // Of a domain or an extension's type, which a database numbers itself: the statement's types were checked.
        let user_defined = oid >= FIRST_OF_USERS;
        let known = element.oid == 0 || element.oid == oid || element.also.contains(&oid) || user_defined;
        if !known || !matches!(has_nulls, 0 | 1) || !(0..=6).contains(&dimensions) {
            return Err(malformed());
        }
        let remaining = match dimensions {
            0 => 0,
            1 => take_dimension(&mut bytes)?,
            _ => {
                return Err(ValueError::new(
                    "the array has more than one dimension, which `Vec<T>` cannot hold; select `unnest(…)` of it, or \
                     read it as text",
                ));
            }
        };
        Ok(Self { bytes, remaining })
    }

    fn next_element(&mut self) -> Result<Option<Option<&'a [u8]>>, ValueError> {
        let Some(remaining) = self.remaining.checked_sub(1) else {
            return if self.bytes.is_empty() {
                Ok(None)
            } else {
                Err(malformed())
            };
        };
        self.remaining = remaining;
        take_sized(&mut self.bytes).map(Some)
    }
}

/// Takes the length of the only dimension, whose lower bound must be 1. Each element takes at least the four bytes of
/// its length, so a count that lies cannot make us reserve memory for it.
fn take_dimension(bytes: &mut &[u8]) -> Result<usize, ValueError> {
    let length = take_i32(bytes)?;
    let lower_bound = take_i32(bytes)?;
    let length = usize::try_from(length)
        .ok()
        .filter(|length| *length <= bytes.len() / 4)
        .ok_or_else(malformed)?;
    if lower_bound != 1 && length > 0 {
        return Err(ValueError::new(
            "the array's first index is not 1, which `Vec<T>` cannot hold; select the slice `a[:]` of it, which starts \
             at 1",
        ));
    }
    Ok(length)
}

fn malformed() -> ValueError {
    ValueError::malformed("array")
}

/// Takes a big-endian integer off the front.
pub(crate) fn take_i32(bytes: &mut &[u8]) -> Result<i32, ValueError> {
    let (front, rest) = bytes
        .split_first_chunk::<4>()
        .ok_or_else(|| ValueError::malformed("array, composite or range"))?;
    *bytes = rest;
    Ok(i32::from_be_bytes(*front))
}

/// Takes a value behind its length off the front; the length -1 is NULL.
pub(crate) fn take_sized<'a>(bytes: &mut &'a [u8]) -> Result<Option<&'a [u8]>, ValueError> {
    let length = take_i32(bytes)?;
    if length == -1 {
        return Ok(None);
    }
    let length = usize::try_from(length).map_err(|_| ValueError::malformed("array, composite or range"))?;
    let (value, rest) = bytes
        .split_at_checked(length)
        .ok_or_else(|| ValueError::malformed("array, composite or range"))?;
    *bytes = rest;
    Ok(Some(value))
}

crate::__column_in_scope!(impl [T: Element] Vec<T>);

#[cfg(test)]
mod tests {
    use super::super::testing::{bytes_of, cannot_decode, refuses, round_trip, survives_any_bytes};
    use super::*;

    /// The bytes of an `int4[]` with this head and these cells.
    fn int4s(head: &[i32], cells: &[u8]) -> Vec<u8> {
        let mut bytes: Vec<u8> = head.iter().flat_map(|word| word.to_be_bytes()).collect();
        bytes.extend_from_slice(cells);
        bytes
    }

    #[test]
    fn arrays_come_back_with_their_nulls() {
        round_trip(&Vec::<i32>::new());
        round_trip(&vec![i32::MIN, 0, i32::MAX]);
        round_trip(&vec![Some(1i64), None, Some(3)]);
        round_trip(&vec![None::<String>]);
        round_trip(&vec![String::new(), "a".to_owned()]);
        round_trip(&vec![vec![0u8, 1], vec![]]);
        assert!(Vec::<i32>::decode(Some(&bytes_of(&vec![None::<i32>]))).is_err());
    }

    #[test]
    fn an_element_that_cannot_be_stored_is_refused() {
        refuses(&vec!["fine".to_owned(), "\0".to_owned()], "NUL");
    }

    #[test]
    fn an_array_that_starts_elsewhere_is_refused() {
        cannot_decode::<Vec<i32>>(&int4s(&[1, 0, 23, 1, 0, 4, 7], &[]), "first index is not 1");
        assert_eq!(
            Vec::<i32>::decode(Some(&int4s(&[1, 0, 23, 1, 1, 4, 7], &[]))),
            Ok(vec![7])
        );
    }

    #[test]
    fn an_array_of_more_dimensions_is_refused() {
        cannot_decode::<Vec<i32>>(&int4s(&[2, 0, 23, 1, 1, 1, 1, 4, 7], &[]), "more than one dimension");
        cannot_decode::<Vec<i32>>(&int4s(&[2, 0, 23, 0, 1, 0, 1], &[]), "more than one dimension");
        cannot_decode::<Vec<i32>>(&int4s(&[7, 0, 23], &[]), "not a valid array");
        cannot_decode::<Vec<i32>>(&int4s(&[-1, 0, 23], &[]), "not a valid array");
    }

    #[test]
    fn a_count_that_lies_is_an_error_and_reserves_nothing() {
        for count in [-1, 2, i32::MAX, i32::MIN] {
            cannot_decode::<Vec<i32>>(&int4s(&[1, 0, 23, count, 1, 4, 7], &[]), "not a valid array");
        }
        cannot_decode::<Vec<i32>>(&int4s(&[1, 0, 23, 0, 1, 4, 7], &[]), "not a valid array");
        cannot_decode::<Vec<i32>>(&int4s(&[0, 0, 23], &[1]), "not a valid array");
        cannot_decode::<Vec<i32>>(&int4s(&[1, 0, 23, 1, 1, i32::MAX], &[0; 8]), "not a valid");
        cannot_decode::<Vec<i32>>(&int4s(&[1, 0, 25, 1, 1, 4, 7], &[]), "not a valid array");
    }

    #[test]
    fn any_bytes_are_survived() {
        survives_any_bytes(&[vec![1i32, 2, 3]]);
        survives_any_bytes(&[vec![Some("a".to_owned()), None]]);
        survives_any_bytes(&[Vec::<Vec<u8>>::new()]);
    }
}

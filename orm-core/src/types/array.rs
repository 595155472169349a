//! Arrays: `Vec<T>` is `T`'s array type, one-dimensional, with `Vec<Option<T>>` where elements may be NULL.
//!
//! The binary format is `array_send`'s: dimensions, a NULL flag, the element's OID, then per dimension its length and
//! lower bound, then each element behind its length.

use super::{Buffer, DbType, Element, FromRow, IsNull, NotNull, PgType, ValueError};
use crate::driver::{Columns, Row};
use crate::error::Error;

#[diagnostic::do_not_recommend]
impl<T: Element> DbType for Vec<T> {
    type Base = Vec<T>;
    type Null = NotNull;
    const TYPE: &'static PgType = &PgType::array(T::TYPE);

    fn encode(&self, out: &mut Buffer) -> Result<IsNull, ValueError> {
        encode_array(T::TYPE, self.iter(), |value, out| value.encode(out), out)
    }

    fn decode(cell: Option<&[u8]>) -> Result<Self, ValueError> {
        let mut elements = ArrayElements::new(cell.ok_or(ValueError::null())?)?;
        let mut values = Vec::with_capacity(elements.remaining.min(4096));
        while let Some(cell) = elements.next_element()? {
            values.push(T::decode(cell)?);
        }
        Ok(values)
    }
}

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
        .map_err(|_| ValueError::new("an array has more elements than PostgreSQL allows (2,147,483,647)"))?;
    let start = out.len();
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
        out.set_i32(start + 4, 1);
    }
    Ok(IsNull::No)
}

/// The elements of an array in binary format.
struct ArrayElements<'a> {
    bytes: &'a [u8],
    remaining: usize,
}

impl<'a> ArrayElements<'a> {
    fn new(mut bytes: &'a [u8]) -> Result<Self, ValueError> {
        let dimensions = take_i32(&mut bytes)?;
        let _has_nulls = take_i32(&mut bytes)?;
        let _element_oid = take_i32(&mut bytes)?;
        let remaining = match dimensions {
            0 => 0,
            1 => {
                let length = take_i32(&mut bytes)?;
                let _lower_bound = take_i32(&mut bytes)?;
                usize::try_from(length).map_err(|_| ValueError::malformed("array"))?
            }
            _ => {
                return Err(ValueError::new(
                    "the array has more than one dimension, which `Vec<T>` cannot hold",
                ));
            }
        };
        Ok(Self { bytes, remaining })
    }

    fn next_element(&mut self) -> Result<Option<Option<&'a [u8]>>, ValueError> {
        if self.remaining == 0 {
            return if self.bytes.is_empty() {
                Ok(None)
            } else {
                Err(ValueError::malformed("array"))
            };
        }
        self.remaining -= 1;
        take_sized(&mut self.bytes).map(Some)
    }
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

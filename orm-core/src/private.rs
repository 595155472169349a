//! What the code written by the derives calls. No part of the API: it changes without notice.

#[path = "private/model.rs"]
mod model;

pub use model::*;

use crate::error::Error;
use crate::expr::Source;
use crate::types::{Buffer, DbType, Nullness, ValueError, take_i32, take_sized};

/// A source that no query has, to look at fields without one.
#[must_use]
pub fn source() -> Source {
    Source::new()
}

/// Decodes one cell of a row; an error names the position and the Rust field.
///
/// # Errors
/// [`ErrorKind::Decode`](crate::ErrorKind::Decode).
#[inline]
pub fn cell<T: DbType>(cell: Option<&[u8]>, at: usize, field: &str) -> Result<T, Error> {
    T::decode(cell).map_err(|reason| Error::decode(at, Some(field), T::TYPE, &reason))
}

/// Whether a cell is NULL where a `T` never is: the sign that an outer join found no row.
#[inline]
#[must_use]
pub fn is_missing<T: DbType>(cell: Option<&[u8]>) -> bool {
    cell.is_none() && !<T::Null as Nullness>::NULLABLE
}

/// Appends one field of a composite as `record_recv` reads it: its type's OID (0 where only the database knows it: the
/// driver fills it in), then the value behind its length.
///
/// # Errors
/// A value that the field's type cannot hold.
pub fn put_composite_field<T: DbType>(value: &T, out: &mut Buffer) -> Result<(), ValueError> {
    out.put(&T::TYPE.oid.to_be_bytes());
    out.put_sized(|out| value.encode(out))
}

/// The fields of a composite, as `record_send` writes them: their number, then each one's OID, length and bytes.
#[derive(Debug)]
pub struct CompositeFields<'a> {
    bytes: &'a [u8],
    composite: &'static str,
}

impl<'a> CompositeFields<'a> {
    /// Begins to read a composite that has `count` fields.
    ///
    /// # Errors
    /// NULL, malformed bytes, or another number of fields.
    pub fn new(cell: Option<&'a [u8]>, composite: &'static str, count: i32) -> Result<Self, ValueError> {
        let mut bytes = cell.ok_or(ValueError::null())?;
        let found = take_i32(&mut bytes)?;
        if found != count {
            return Err(ValueError::new(format!(
                "the composite type \"{composite}\" has {found} fields in the database, but {count} in the program"
            )));
        }
        Ok(Self { bytes, composite })
    }

    /// Reads the next field; a length of -1 is NULL.
    ///
    /// # Errors
    /// NULL for a type that is not an `Option`, another type than `T`'s, or malformed bytes.
    pub fn field<T: DbType>(&mut self, name: &'static str) -> Result<T, ValueError> {
        self.next_field().map_err(|reason| self.about(name, &reason))
    }

    fn next_field<T: DbType>(&mut self) -> Result<T, ValueError> {
        let oid = take_i32(&mut self.bytes)?.cast_unsigned();
        let ty = T::TYPE;
        if ty.oid != 0 && ty.oid != oid && !ty.also.contains(&oid) {
            return Err(ValueError::new(format!("it is not of the type {ty} in the database")));
        }
        T::decode(take_sized(&mut self.bytes)?)
    }

    fn about(&self, name: &str, reason: &ValueError) -> ValueError {
        ValueError::new(format!(
            "field \"{name}\" of the composite type \"{}\": {reason}",
            self.composite
        ))
    }

    /// Ends: nothing may be left.
    ///
    /// # Errors
    /// Malformed bytes.
    pub fn finish(self) -> Result<(), ValueError> {
        if self.bytes.is_empty() {
            return Ok(());
        }
        Err(ValueError::malformed(self.composite))
    }
}

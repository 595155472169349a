//! Composites, field by field.

use crate::types::{Buffer, IsNull, PgType, ValueError, take_i32, take_sized};

/// Appends one field of a composite as `record_recv` reads it: its type's OID (0 where only the database knows it: the
/// driver fills it in), then the value behind its length.
///
/// # Errors
/// A value that the field's type cannot hold.
pub fn put_composite_field(
    ty: &PgType,
    out: &mut Buffer,
    encode: impl FnOnce(&mut Buffer) -> Result<IsNull, ValueError>,
) -> Result<(), ValueError> {
    out.put(&ty.oid.to_be_bytes());
    out.put_sized(encode)
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

    /// Reads the next field by its type's `decode`; a length of -1 is NULL.
    ///
    /// # Errors
    /// What `decode` says, another type than `ty`, or malformed bytes.
    pub fn field<T>(
        &mut self,
        name: &'static str,
        ty: &PgType,
        decode: impl FnOnce(Option<&'a [u8]>) -> Result<T, ValueError>,
    ) -> Result<T, ValueError> {
        self.cell(ty)
            .and_then(decode)
            .map_err(|reason| self.about(name, &reason))
    }

    fn cell(&mut self, ty: &PgType) -> Result<Option<&'a [u8]>, ValueError> {
        let oid = take_i32(&mut self.bytes)?.cast_unsigned();
        if ty.oid != 0 && ty.oid != oid && !ty.also.contains(&oid) {
            return Err(ValueError::new(format!("it is not of the type {ty} in the database")));
        }
        take_sized(&mut self.bytes)
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

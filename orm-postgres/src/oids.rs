//! OIDs inside of values: arrays and composites name their parts' types by OID, and those of a user's types differ
//! from database to database. `orm_core` leaves them 0; here they are filled in from what the server said of the
//! parameter.
//!
//! Formats: `array_send` (dimensions, flags, OID, length and bound of each dimension, sized elements) and
//! `record_send` (number of fields; each with OID and size).

use orm_core::ValueError;
use tokio_postgres::types::{Kind, Type};

/// Fills in the OIDs of a value of type `ty`.
///
/// # Errors
/// When the bytes do not fit the type: another number of fields, or a malformed value.
pub(crate) fn fill_in(bytes: &mut [u8], ty: &Type) -> Result<(), ValueError> {
    match ty.kind() {
        Kind::Array(element) => fill_in_array(bytes, element),
        Kind::Domain(base) => fill_in(bytes, base),
        Kind::Composite(fields) => {
            let mut cursor = Cursor { bytes, at: 0 };
            let count = cursor.take_i32()?;
            if usize::try_from(count).ok() != Some(fields.len()) {
                return Err(ValueError::new(format!(
                    "the program's composite type has {count} fields, the database's type {} has {}",
                    ty.name(),
                    fields.len()
                )));
            }
            for field in fields {
                cursor.put_oid(field.type_().oid())?;
                if let Some(value) = cursor.take_sized()? {
                    fill_in(value, field.type_())?;
                }
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn fill_in_array(bytes: &mut [u8], element: &Type) -> Result<(), ValueError> {
    let mut cursor = Cursor { bytes, at: 0 };
    let dimensions = cursor.take_i32()?;
    let _flags = cursor.take_i32()?;
    cursor.put_oid(element.oid())?;
    let mut count: i64 = i64::from(dimensions > 0);
    for _ in 0..dimensions {
        count = count.saturating_mul(i64::from(cursor.take_i32()?));
        let _lower_bound = cursor.take_i32()?;
    }
    if !holds_oids(element) {
        return Ok(());
    }
    for _ in 0..count {
        if let Some(value) = cursor.take_sized()? {
            fill_in(value, element)?;
        }
    }
    Ok(())
}

fn holds_oids(ty: &Type) -> bool {
    match ty.kind() {
        Kind::Array(_) | Kind::Composite(_) => true,
        Kind::Domain(base) => holds_oids(base),
        _ => false,
    }
}

struct Cursor<'a> {
    bytes: &'a mut [u8],
    at: usize,
}

impl Cursor<'_> {
    fn take(&mut self, length: usize) -> Result<&mut [u8], ValueError> {
        let end = self.at.checked_add(length).ok_or_else(malformed)?;
        let part = self.bytes.get_mut(self.at..end).ok_or_else(malformed)?;
        self.at = end;
        Ok(part)
    }

    fn take_i32(&mut self) -> Result<i32, ValueError> {
        let part = <[u8; 4]>::try_from(&*self.take(4)?).map_err(|_| malformed())?;
        Ok(i32::from_be_bytes(part))
    }

    fn put_oid(&mut self, oid: u32) -> Result<(), ValueError> {
        self.take(4)?.copy_from_slice(&oid.to_be_bytes());
        Ok(())
    }

    fn take_sized(&mut self) -> Result<Option<&mut [u8]>, ValueError> {
        let length = self.take_i32()?;
        if length == -1 {
            return Ok(None);
        }
        let length = usize::try_from(length).map_err(|_| malformed())?;
        self.take(length).map(Some)
    }
}

fn malformed() -> ValueError {
    ValueError::new("the value was encoded as a malformed array or composite")
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio_postgres::types::Field;

    fn mood() -> Type {
        Type::new("mood".into(), 70_001, Kind::Enum(vec!["ok".into()]), "public".into())
    }

    #[test]
    fn an_array_of_an_enum_gets_the_oid_of_its_element() {
        let array = Type::new("_mood".into(), 70_002, Kind::Array(mood()), "public".into());
        let mut bytes = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        fill_in(&mut bytes, &array).unwrap();
        assert_eq!(bytes[8..], 70_001u32.to_be_bytes());
    }

    #[test]
    fn a_composite_with_another_number_of_fields_is_refused() {
        let fields = vec![Field::new("a".into(), Type::INT4), Field::new("m".into(), mood())];
        let pair = Type::new("pair".into(), 70_003, Kind::Composite(fields), "public".into());
        let mut bytes = [0, 0, 0, 1, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff];
        assert!(fill_in(&mut bytes, &pair).is_err());
    }

    #[test]
    fn truncated_bytes_are_an_error_and_no_panic() {
        let array = Type::new("_mood".into(), 70_002, Kind::Array(mood()), "public".into());
        for length in 0..12 {
            assert!(fill_in(&mut vec![0; length], &array).is_err(), "{length} bytes");
        }
    }
}

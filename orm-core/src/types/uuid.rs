//! `uuid` as [`uuid::Uuid`]: sixteen bytes, in the order they are written.

use uuid::Uuid;

use super::{Buffer, DbType, IsNull, NotNull, PgType, ValueError, builtin};

#[diagnostic::do_not_recommend]
impl DbType for Uuid {
    type Base = Uuid;
    type Null = NotNull;
    const TYPE: &'static PgType = builtin::UUID;

    #[inline]
    fn encode(&self, out: &mut Buffer) -> Result<IsNull, ValueError> {
        out.put(self.as_bytes());
        Ok(IsNull::No)
    }

    #[inline]
    fn decode(cell: Option<&[u8]>) -> Result<Self, ValueError> {
        let bytes = cell.ok_or(ValueError::null())?;
        Uuid::from_slice(bytes).map_err(|_| ValueError::malformed("uuid"))
    }
}
crate::__db_type_in_rows!(Uuid, element);

#[cfg(test)]
mod tests {
    use super::super::testing::{round_trip, survives_any_bytes};
    use super::*;

    #[test]
    fn a_uuid_is_its_sixteen_bytes() {
        let some = Uuid::from_u128(0x0011_2233_4455_6677_8899_aabb_ccdd_eeff);
        [Uuid::nil(), Uuid::max(), some].iter().for_each(round_trip);
        survives_any_bytes(&[some]);
        assert!(Uuid::decode(Some(&[0; 15])).is_err());
        assert!(Uuid::decode(Some(&[0; 17])).is_err());
        assert!(Uuid::decode(Some(b"00112233-4455-6677-8899-aabbccddeeff")).is_err());
    }
}

//! `bool`, `i16`, `i32`, `i64`, `f32`, `f64`: PostgreSQL's fixed-size types, big-endian.

use super::{Buffer, DbType, IsNull, NotNull, PgType, ValueError, builtin};

macro_rules! fixed {
    ($($type:ty => $pg:ident;)*) => { $(
        #[diagnostic::do_not_recommend]
        impl DbType for $type {
            type Base = $type;
            type Null = NotNull;
            const TYPE: &'static PgType = builtin::$pg;

            #[inline]
            fn encode(&self, out: &mut Buffer) -> Result<IsNull, ValueError> {
                out.put(&self.to_be_bytes());
                Ok(IsNull::No)
            }

            #[inline]
            fn decode(cell: Option<&[u8]>) -> Result<Self, ValueError> {
                let bytes = cell.ok_or(ValueError::null())?;
                match bytes.try_into() {
                    Ok(bytes) => Ok(<$type>::from_be_bytes(bytes)),
                    Err(_) => Err(ValueError::malformed(builtin::$pg.name)),
                }
            }
        }
        crate::__db_type_in_rows!($type, element);
    )* };
}

fixed! {
    i16 => INT2;
    i32 => INT4;
    i64 => INT8;
    f32 => FLOAT4;
    f64 => FLOAT8;
}

#[diagnostic::do_not_recommend]
impl DbType for bool {
    type Base = bool;
    type Null = NotNull;
    const TYPE: &'static PgType = builtin::BOOL;

    #[inline]
    fn encode(&self, out: &mut Buffer) -> Result<IsNull, ValueError> {
        out.put(&[u8::from(*self)]);
        Ok(IsNull::No)
    }

    #[inline]
    fn decode(cell: Option<&[u8]>) -> Result<Self, ValueError> {
        match cell.ok_or(ValueError::null())? {
            [0] => Ok(false),
            [1] => Ok(true),
            _ => Err(ValueError::malformed("bool")),
        }
    }
}
crate::__db_type_in_rows!(bool, element);

#[cfg(test)]
mod tests {
    use super::super::testing::{round_trip, survives_any_bytes};
    use super::*;

    #[test]
    fn integers_come_back_at_their_limits() {
        [i16::MIN, -1, 0, 1, i16::MAX].iter().for_each(round_trip);
        [i32::MIN, -1, 0, 1, i32::MAX].iter().for_each(round_trip);
        [i64::MIN, -1, 0, 1, i64::MAX].iter().for_each(round_trip);
        [true, false].iter().for_each(round_trip);
    }

    #[test]
    fn floats_keep_every_bit() {
        for bits in [
            0,
            1,
            1 << 63,
            f64::NAN.to_bits(),
            0x7ff0_0000_0000_0001,
            0xffff_0000_dead_beef,
        ] {
            let mut out = Buffer::new();
            f64::from_bits(bits).encode(&mut out).unwrap();
            assert_eq!(f64::decode(Some(out.as_slice())).unwrap().to_bits(), bits);
        }
        for bits in [0, 1, 1 << 31, f32::NAN.to_bits(), 0x7f80_0001] {
            let mut out = Buffer::new();
            f32::from_bits(bits).encode(&mut out).unwrap();
            assert_eq!(f32::decode(Some(out.as_slice())).unwrap().to_bits(), bits);
        }
    }

    #[test]
    fn malformed_bytes_are_errors() {
        survives_any_bytes(&[1i16]);
        survives_any_bytes(&[1i32]);
        survives_any_bytes(&[1i64]);
        survives_any_bytes(&[1f32]);
        survives_any_bytes(&[1f64]);
        survives_any_bytes(&[true]);
        assert!(bool::decode(Some(&[2])).is_err());
        assert!(i32::decode(Some(&[0, 0, 1])).is_err());
        assert!(i64::decode(None).is_err());
    }
}

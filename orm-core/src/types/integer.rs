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

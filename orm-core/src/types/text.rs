//! `text` as `String`, `Box<str>`, `Arc<str>`, `Cow<'static, str>`; `bytea` as `Vec<u8>`.

use std::borrow::Cow;
use std::sync::Arc;

use super::{Buffer, DbType, IsNull, NotNull, PgType, ValueError, builtin};

/// Appends a text. PostgreSQL's text holds every character but NUL.
pub(crate) fn encode_text(text: &str, out: &mut Buffer) -> Result<IsNull, ValueError> {
    if text.as_bytes().contains(&0) {
        return Err(ValueError::new(
            "the text holds a NUL character (\\0), which PostgreSQL's text cannot store; remove it, or use bytea",
        ));
    }
    out.put(text.as_bytes());
    Ok(IsNull::No)
}

fn decode_text(cell: Option<&[u8]>) -> Result<&str, ValueError> {
    let bytes = cell.ok_or(ValueError::null())?;
    std::str::from_utf8(bytes).map_err(|_| ValueError::malformed("UTF-8 text"))
}

macro_rules! text {
    ($($type:ty),*) => { $(
        #[diagnostic::do_not_recommend]
        impl DbType for $type {
            type Base = String;
            type Null = NotNull;
            const TYPE: &'static PgType = builtin::TEXT;

            fn encode(&self, out: &mut Buffer) -> Result<IsNull, ValueError> {
                encode_text(self, out)
            }

            fn decode(cell: Option<&[u8]>) -> Result<Self, ValueError> {
                Ok(decode_text(cell)?.to_owned().into())
            }
        }
        crate::__db_type_in_rows!($type, element);
    )* };
}

text!(String, Box<str>, Arc<str>, Cow<'static, str>);

#[diagnostic::do_not_recommend]
impl DbType for Vec<u8> {
    type Base = Vec<u8>;
    type Null = NotNull;
    const TYPE: &'static PgType = builtin::BYTEA;

    fn encode(&self, out: &mut Buffer) -> Result<IsNull, ValueError> {
        out.put(self);
        Ok(IsNull::No)
    }

    fn decode(cell: Option<&[u8]>) -> Result<Self, ValueError> {
        Ok(cell.ok_or(ValueError::null())?.to_vec())
    }
}
crate::__db_type_in_rows!(Vec<u8>, element);

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
    ($($type:ty => $own:expr;)*) => { $(
        #[diagnostic::do_not_recommend]
        impl DbType for $type {
            type Base = String;
            type Null = NotNull;
            const TYPE: &'static PgType = builtin::TEXT;

            fn encode(&self, out: &mut Buffer) -> Result<IsNull, ValueError> {
                encode_text(self, out)
            }

            fn decode(cell: Option<&[u8]>) -> Result<Self, ValueError> {
                decode_text(cell).map($own)
            }
        }
        crate::__db_type_in_rows!($type, element);
    )* };
}

text! {
    String => str::to_owned;
    Box<str> => Box::from;
    Arc<str> => Arc::from;
    Cow<'static, str> => |text| Cow::Owned(text.to_owned());
}

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

#[cfg(test)]
mod tests {
    use super::super::testing::{refuses, round_trip, survives_any_bytes};
    use super::*;

    #[test]
    fn text_comes_back_as_it_was() {
        for text in ["", " ", "a", "\u{1}", "ä€😀", "\u{10FFFF}", "trailing  "] {
            round_trip(&text.to_owned());
            round_trip(&Box::<str>::from(text));
            round_trip(&Arc::<str>::from(text));
            round_trip(&Cow::<'static, str>::Owned(text.to_owned()));
        }
    }

    #[test]
    fn a_nul_character_is_refused() {
        for text in ["\0", "a\0", "\0a"] {
            refuses(&text.to_owned(), "NUL character");
        }
    }

    #[test]
    fn bytes_that_are_not_utf8_are_an_error() {
        assert!(String::decode(Some(&[0xff])).is_err());
        assert!(String::decode(Some(&[0xed, 0xa0, 0x80])).is_err());
        assert_eq!(String::decode(None), Err(ValueError::null()));
        survives_any_bytes(&["some text".to_owned()]);
    }

    #[test]
    fn bytea_holds_every_byte() {
        let all: Vec<u8> = (0..=255).collect();
        round_trip(&all);
        round_trip(&Vec::<u8>::new());
        assert_eq!(Vec::<u8>::decode(Some(&all)).unwrap(), all);
    }
}

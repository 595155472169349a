//! `jsonb` as [`serde_json::Value`], and as any type that serde can read and write: [`Json<T>`].
//!
//! What JSON, `jsonb` and serde_json would change in silence is refused instead:
//! - NaN and infinity, which serde_json writes as `null`;
//! - the character NUL in a string, and nesting past 127 levels, which could not be stored or read back;
//! - reading a number into a `Value` that holds it as an `f64` with other digits, unless serde_json's feature
//!   `arbitrary_precision` is on, which keeps every digit. (`Json<T>` reads numbers as `T` asks: an `f64` field takes the
//!   nearest `f64`, an `i128` or `Decimal` field all digits.)
//!
//! `jsonb` keeps what a document means, not its text: key order, white space and all but the last of equal keys go, `-0`
//! becomes `0`, and `1e16` comes back as the integer it is. A `json` column is read, too.
//!
//! The binary format is the version 1 in one byte, then the text; `json` is the text alone.

mod document;
mod finite;

use std::io;
use std::ops::{Deref, DerefMut};

use serde_core::de::DeserializeOwned;
use serde_core::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::{Buffer, DbType, IsNull, NotNull, PgType, ValueError, builtin};
use finite::Finite;

const VERSION: u8 = 1;

/// A `T` stored as `jsonb`, by its `Serialize` and `Deserialize`.
///
/// It derefs to the `T`, and serde sees the `T` alone. A `T` whose JSON is `null` is stored as JSON's `null`, which is not
/// SQL's NULL: that is `Option<Json<T>>`.
///
/// `jsonb` keeps what a document means, not its text: the order of keys, white space and all but the last of equal keys
/// go, `-0` becomes `0`, and the float `1e16` comes back as the integer it is. Numbers are read as `T` asks: an `f64` takes
/// the nearest `f64`, an `i128` or `u128` every digit. A `serde_json::Value` that is a column type itself (not inside
/// `Json`) is refused where serde_json would change a number in it, unless its feature `arbitrary_precision` is on.
///
/// ```
/// use orm_core::{Buffer, DbType, Json};
///
/// let tags = Json(vec!["red", "green"].iter().map(|tag| tag.to_string()).collect::<Vec<_>>());
/// assert_eq!(tags.len(), 2);
///
/// let mut bytes = Buffer::new();
/// tags.encode(&mut bytes)?;
/// assert_eq!(bytes.as_slice(), b"\x01[\"red\",\"green\"]");
/// assert_eq!(Json::<Vec<String>>::decode(Some(bytes.as_slice()))?, tags);
///
/// // NaN has no JSON: serde_json alone would store `null`.
/// assert!(Json(f64::NAN).encode(&mut Buffer::new()).is_err());
/// # Ok::<(), orm_core::ValueError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Json<T>(pub T);

impl<T> Json<T> {
    /// The value itself.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Json<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Json<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T> From<T> for Json<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T: Serialize> Serialize for Json<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Json<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> DbType for Json<T> {
    type Base = Self;
    type Null = NotNull;
    const TYPE: &'static PgType = builtin::JSONB;

    fn encode(&self, out: &mut Buffer) -> Result<IsNull, ValueError> {
        encode(&self.0, out)
    }

    fn decode(cell: Option<&[u8]>) -> Result<Self, ValueError> {
        parse(text_of(cell)?).map(Self)
    }
}
crate::__db_type_in_rows!(impl [T: Serialize + DeserializeOwned + Send + Sync + 'static] Json<T>, element);

/// `Value::Null` is JSON's `null`, which is not SQL's NULL: that is `Option<Value>`.
#[diagnostic::do_not_recommend]
impl DbType for Value {
    type Base = Value;
    type Null = NotNull;
    const TYPE: &'static PgType = builtin::JSONB;

    fn encode(&self, out: &mut Buffer) -> Result<IsNull, ValueError> {
        encode(self, out)
    }

    fn decode(cell: Option<&[u8]>) -> Result<Self, ValueError> {
        let text = text_of(cell)?;
        document::check_numbers(text)?;
        parse(text)
    }
}
crate::__db_type_in_rows!(Value, element);

fn encode<T: Serialize>(value: &T, out: &mut Buffer) -> Result<IsNull, ValueError> {
    out.put(&[VERSION]);
    let start = out.len();
    let mut serializer = serde_json::Serializer::new(Writer(out));
    value.serialize(Finite::new(&mut serializer)).map_err(|error| {
        // serde's own words are not passed on: they may quote the value.
        let ours = [finite::NOT_FINITE, document::TOO_DEEP];
        let reason = ours.into_iter().find(|ours| error.to_string() == *ours);
        ValueError::new(reason.unwrap_or(
            "the value cannot be written as JSON: its `Serialize` failed, or a key of a map is no string or number",
        ))
    })?;
    document::check_storable(out.as_slice().get(start..).unwrap_or_default())?;
    Ok(IsNull::No)
}

/// The text of a `jsonb` or `json`. No JSON text begins with the byte 1.
fn text_of(cell: Option<&[u8]>) -> Result<&[u8], ValueError> {
    let bytes = cell.ok_or(ValueError::null())?;
    Ok(bytes.strip_prefix(&[VERSION]).unwrap_or(bytes))
}

/// serde's own words are not passed on: they quote what they found.
pub(crate) fn parse<T: DeserializeOwned>(text: &[u8]) -> Result<T, ValueError> {
    serde_json::from_slice(text).map_err(|error| {
        if error.is_data() {
            let (line, column) = (error.line(), error.column());
            ValueError::new(format!(
                "the JSON document does not fit the Rust type (line {line}, column {column} of its text)"
            ))
        } else {
            ValueError::new("the JSON document cannot be read: it is malformed, or nested deeper than 127 levels")
        }
    })
}

/// Lets serde_json write into a [`Buffer`].
struct Writer<'a>(&'a mut Buffer);

impl io::Write for Writer<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.put(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::testing::{bytes_of, cannot_decode, refuses, round_trip, survives_any_bytes};
    use super::*;
    use serde::{Deserialize, Serialize};
    use serde_json::json;

    fn nested(levels: usize) -> Value {
        (0..levels).fold(json!(1), |inner, _| Value::Array(vec![inner]))
    }

    #[test]
    fn documents_come_back() {
        for value in [
            json!(null),
            json!(""),
            json!("\u{1}\\u0000 \"ä😀\""),
            json!([]),
            json!({"": {"a": [1, -2.5, true, null]}}),
            json!(i64::MIN),
            json!(u64::MAX),
            json!(f64::MAX),
            json!(f64::MIN_POSITIVE),
            json!(5e-324),
            json!(0.1 + 0.2),
            nested(127),
        ] {
            round_trip(&value);
            round_trip(&Json(value));
        }
        round_trip(&Json(Some(u128::MAX)));
        round_trip(&Json(BTreeMap::from([("a".to_owned(), i128::MIN)])));
        assert_eq!(bytes_of(&Json(Some(1.5f32))), b"\x011.5");
    }

    #[test]
    fn a_json_without_a_version_is_read() {
        assert_eq!(Value::decode(Some(b" {\"a\" : 1} ")), Ok(json!({"a": 1})));
        assert_eq!(Json::<Vec<i32>>::decode(Some(b"[1,2]")), Ok(Json(vec![1, 2])));
    }

    #[test]
    fn what_jsonb_cannot_hold_is_refused() {
        refuses(&json!("a\0"), "NUL");
        refuses(&json!({"a\0": 1}), "NUL");
        refuses(&Json("\\\0".to_owned()), "NUL");
        refuses(&nested(128), "127 levels");
        refuses(&Json(nested(128)), "127 levels");
        refuses(&Json(f64::NAN), "NaN");
        refuses(&Json(vec![1.0f32, f32::NEG_INFINITY]), "NaN");
        refuses(
            &Json(BTreeMap::from([("a".to_owned(), (1, Some(f64::INFINITY)))])),
            "NaN",
        );
        refuses(&Json(BTreeMap::from([((1, 2), 3)])), "key of a map");
    }

    #[test]
    fn a_value_that_is_nested_thousands_deep_is_refused_before_the_stack_ends() {
        #[derive(Serialize, Deserialize)]
        struct Link(Option<Box<Link>>);

        refuses(&nested(5_000), "127 levels");
        refuses(&Json(nested(5_000)), "127 levels");
        let chain = (0..5_000).fold(Link(None), |inner, _| Link(Some(Box::new(inner))));
        refuses(&Json(chain), "127 levels");
    }

    #[test]
    fn a_number_that_would_change_is_refused() {
        for text in [
            "18446744073709551616",
            "0.10000000000000000001",
            "12345678901234567.5",
            "1e400",
            "[1,{\"a\":1e-400}]",
        ] {
            cannot_decode::<Value>(text.as_bytes(), "arbitrary_precision");
        }
        let same = [
            "18446744073709551615",
            "0.1000000000000000000",
            "1.50",
            "10000000000000000000000",
            "0e999",
            "-0.0",
        ];
        for text in same {
            assert!(Value::decode(Some(text.as_bytes())).is_ok(), "{text}");
        }
        assert_eq!(Value::decode(Some(b"\"1e400\"")), Ok(json!("1e400")));
        assert_eq!(Json::<f64>::decode(Some(b"0.10000000000000000001")), Ok(Json(0.1)));
    }

    #[test]
    fn errors_do_not_quote_the_document() {
        let error = Json::<i32>::decode(Some(b"\x01\"secret\"")).unwrap_err().to_string();
        assert!(
            error.contains("line 1, column 8") && !error.contains("secret"),
            "{error}"
        );
        cannot_decode::<Value>(&[b'['; 200], "malformed");
        cannot_decode::<Value>(b"\x01", "malformed");
        cannot_decode::<Value>(b"", "malformed");
    }

    #[test]
    fn any_bytes_are_survived() {
        survives_any_bytes(&[json!({"a": [1, -2.5e3, "\u{1}\\"], "b": 12345678901234567890u64})]);
        survives_any_bytes(&[Json(vec![Some(1.5)])]);
    }
}

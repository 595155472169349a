//! One pass over the text of a JSON document: what `jsonb` could not store, and which numbers serde_json would change.

use serde_json::Number;

use super::ValueError;

/// serde_json reads no deeper.
const MOST_LEVELS: usize = 127;
/// What the error says of a document that is deeper.
pub(super) const TOO_DEEP: &str = "the document is nested deeper than 127 levels, and could not be read back";

/// Refuses a document that PostgreSQL would not store, or that could not be read back: the character NUL (which
/// serde_json writes as `\u0000`) and deep nesting.
pub(super) fn check_storable(text: &[u8]) -> Result<(), ValueError> {
    let mut levels = 0usize;
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'"' => {
                let (string, after) = split_string(rest);
                if holds_nul(string) {
                    return Err(ValueError::new(
                        "the document holds a NUL character (\\0), which PostgreSQL's jsonb cannot store; remove it",
                    ));
                }
                rest = after;
            }
            b'[' | b'{' => {
                levels = levels.saturating_add(1);
                if levels > MOST_LEVELS {
                    return Err(ValueError::new(TOO_DEEP));
                }
            }
            b']' | b'}' => levels = levels.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

/// Refuses a document with a number that a [`Number`] would hold with other digits.
pub(super) fn check_numbers(text: &[u8]) -> Result<(), ValueError> {
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        match byte {
            b'"' => rest = split_string(after).1,
            b'-' | b'0'..=b'9' => {
                let end = rest.iter().position(|byte| !is_numeric(*byte)).unwrap_or(rest.len());
                let (number, after) = rest.split_at(end);
                if !keeps_its_digits(number) {
                    return Err(ValueError::new(
                        "the document holds a number that serde_json's `Value` would change; turn on serde_json's \
                         feature `arbitrary_precision`, or read it as `Json<T>` or as text",
                    ));
                }
                rest = after;
            }
            _ => rest = after,
        }
    }
    Ok(())
}

/// Splits at the quote that ends a string.
fn split_string(text: &[u8]) -> (&[u8], &[u8]) {
    let mut escaped = false;
    for (at, byte) in text.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => {
                return (
                    text.get(..at).unwrap_or_default(),
                    text.get(at.saturating_add(1)..).unwrap_or_default(),
                );
            }
            _ => {}
        }
    }
    (text, &[])
}

fn holds_nul(string: &[u8]) -> bool {
    let mut rest = string;
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        let escape = rest.get(at..).unwrap_or_default();
        if escape.starts_with(b"\\u0000") {
            return true;
        }
        rest = escape.get(2..).unwrap_or_default();
    }
    false
}

fn is_numeric(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E')
}

/// Whether serde_json reads a number whose digits are these; malformed ones are left to its parser.
fn keeps_its_digits(number: &[u8]) -> bool {
    let Some(decimal) = Decimal::of(number) else {
        return true;
    };
    // Every decimal of 15 digits survives an `f64` of ordinary size.
    if decimal.digits.len() <= 15 && (-290..=290).contains(&decimal.point) {
        return true;
    }
    let parsed = serde_json::from_slice::<Number>(number).map(|number| number.to_string());
    parsed.is_ok_and(|text| Decimal::of(text.as_bytes()).as_ref() == Some(&decimal))
}

/// A number without its sign: `0.digits × 10^point`, the digits without zeros around them.
#[derive(PartialEq)]
struct Decimal {
    digits: Vec<u8>,
    point: i64,
}

impl Decimal {
    /// `None` if it is no number.
    fn of(number: &[u8]) -> Option<Self> {
        let number = std::str::from_utf8(number).ok()?.trim_start_matches('-');
        let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
        if all.is_empty() || !all.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let leading = all.iter().take_while(|digit| **digit == b'0').count();
        let trailing = all.iter().rev().take_while(|digit| **digit == b'0').count();
        let Some(digits) = all
            .get(leading..all.len().saturating_sub(trailing))
            .filter(|digits| !digits.is_empty())
        else {
            return Some(Self {
                digits: Vec::new(),
                point: 0,
            });
        };
        // An exponent past 64 bits belongs to no number that could be held anyway.
        let exponent = exponent.parse().unwrap_or(i64::MAX);
        let before_point = i64::try_from(whole.len()).ok()? - i64::try_from(leading).ok()?;
        Some(Self {
            digits: digits.to_vec(),
            point: exponent.saturating_add(before_point),
        })
    }
}

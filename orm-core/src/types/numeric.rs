//! `numeric` as [`rust_decimal::Decimal`]: exact in both directions, with its scale, so that `1.50` stays `1.50`.
//!
//! PostgreSQL's `numeric` goes to 131,072 digits before the point and 16,383 after it, and to NaN and infinity; a
//! `Decimal` is a 96-bit integer (28 digits, and some of 29) with at most 28 digits after the point. What does not fit is
//! a [`ValueError`], never rounded: `round(…)` or `trim_scale(…)` it in the query. PostgreSQL has one zero, so `-0` is
//! stored as `0`, which equals it.
//!
//! The binary format is `numeric_send`'s: four words (number of digits, weight of the first, sign, scale), then the
//! digits to the base 10,000.

use rust_decimal::Decimal;

use super::{Buffer, DbType, IsNull, NotNull, PgType, RangeElement, ValueError, builtin};

const BASE: u128 = 10_000;
const NEGATIVE: u16 = 0x4000;
const NAN: u16 = 0xC000;
const INFINITY: u16 = 0xD000;
const NEG_INFINITY: u16 = 0xF000;
/// The most digits after the point that a `numeric` can have (`NUMERIC_DSCALE_MASK`).
const MOST_SCALE: u16 = 0x3FFF;

#[diagnostic::do_not_recommend]
impl DbType for Decimal {
    type Base = Decimal;
    type Null = NotNull;
    const TYPE: &'static PgType = builtin::NUMERIC;

    fn encode(&self, out: &mut Buffer) -> Result<IsNull, ValueError> {
        encode(self.mantissa(), self.scale(), out)
    }

    fn decode(cell: Option<&[u8]>) -> Result<Self, ValueError> {
        decode(cell.ok_or(ValueError::null())?)
    }
}
crate::__db_type_in_rows!(Decimal, element);

/// `numrange`.
impl RangeElement for Decimal {
    const RANGE: &'static PgType = builtin::NUMRANGE;
    const MULTIRANGE: &'static PgType = builtin::NUMMULTIRANGE;
}

fn encode(mantissa: i128, scale: u32, out: &mut Buffer) -> Result<IsNull, ValueError> {
    let too_long = || ValueError::new("the decimal has more digits than `numeric` can be sent");
    let after_point = scale.div_ceil(4);
    // Fills the last group of four digits: 1.5 is the groups 1 and 5000.
    let mut rest = 10u128
        .checked_pow(after_point * 4 - scale)
        .and_then(|fill| mantissa.unsigned_abs().checked_mul(fill))
        .ok_or_else(too_long)?;
    let mut groups = [0u16; 10];
    let mut kept = 0usize;
    let mut total = 0i64;
    while rest > 0 {
        let group = u16::try_from(rest % BASE).unwrap_or_default();
        rest /= BASE;
        total += 1;
        if kept > 0 || group != 0 {
            *groups.get_mut(kept).ok_or_else(too_long)? = group;
            kept += 1;
        }
    }
    let weight = if kept == 0 {
        0
    } else {
        total - 1 - i64::from(after_point)
    };
    let sign = if mantissa < 0 { NEGATIVE } else { 0 };
    out.put(&u16::try_from(kept).map_err(|_| too_long())?.to_be_bytes());
    out.put(&i16::try_from(weight).map_err(|_| too_long())?.to_be_bytes());
    out.put(&sign.to_be_bytes());
    out.put(&u16::try_from(scale).map_err(|_| too_long())?.to_be_bytes());
    for group in groups.iter().take(kept).rev() {
        out.put(&group.to_be_bytes());
    }
    Ok(IsNull::No)
}

fn decode(bytes: &[u8]) -> Result<Decimal, ValueError> {
    let malformed = || ValueError::malformed("numeric");
    let (head, groups) = bytes.split_first_chunk::<8>().ok_or_else(malformed)?;
    let [c0, c1, w0, w1, s0, s1, d0, d1] = *head;
    let count = u16::from_be_bytes([c0, c1]);
    let weight = i16::from_be_bytes([w0, w1]);
    let negative = match u16::from_be_bytes([s0, s1]) {
        0 => false,
        NEGATIVE => true,
        NAN => return Err(ValueError::new("the numeric is NaN, which `Decimal` cannot hold")),
        INFINITY | NEG_INFINITY => {
            return Err(ValueError::new("the numeric is infinite, which `Decimal` cannot hold"));
        }
        _ => return Err(malformed()),
    };
    let scale = u16::from_be_bytes([d0, d1]);
    if scale > MOST_SCALE || groups.len() != usize::from(count) * 2 {
        return Err(malformed());
    }
    if u32::from(scale) > Decimal::MAX_SCALE {
        return Err(ValueError::new(
            "the numeric has more than the 28 digits after the point that `Decimal` can hold; `round` or `trim_scale` \
             it in the query",
        ));
    }
    let digits = join_groups(groups)?;
    // The digits are groups of four that end at this power of ten; the mantissa ends at the scale.
    let shift = 4 * (i64::from(weight) - i64::from(count) + 1) + i64::from(scale);
    let mantissa = i128::try_from(shift_decimal(digits, shift)?).map_err(|_| too_large())?;
    let mantissa = if negative { -mantissa } else { mantissa };
    Decimal::try_from_i128_with_scale(mantissa, u32::from(scale)).map_err(|_| too_large())
}

fn join_groups(groups: &[u8]) -> Result<u128, ValueError> {
    let mut digits = 0u128;
    let (groups, _) = groups.as_chunks::<2>();
    for group in groups {
        let group = u128::from(u16::from_be_bytes(*group));
        if group >= BASE {
            return Err(ValueError::malformed("numeric"));
        }
        digits = digits
            .checked_mul(BASE)
            .and_then(|digits| digits.checked_add(group))
            .ok_or_else(too_large)?;
    }
    Ok(digits)
}

/// `digits × 10^shift`, exactly.
fn shift_decimal(digits: u128, shift: i64) -> Result<u128, ValueError> {
    if digits == 0 {
        return Ok(0);
    }
    let power = u32::try_from(shift.unsigned_abs())
        .ok()
        .and_then(|shift| 10u128.checked_pow(shift));
    if shift >= 0 {
        return power.and_then(|power| digits.checked_mul(power)).ok_or_else(too_large);
    }
    // Digits behind the scale: the server never sends any but zeros.
    let power = power.filter(|power| digits.is_multiple_of(*power));
    power
        .map(|power| digits / power)
        .ok_or_else(|| ValueError::malformed("numeric"))
}

fn too_large() -> ValueError {
    ValueError::new(
        "the numeric has more digits than `Decimal`'s 96 bits can hold (28 digits); `round` it in the query, or read it \
         as text",
    )
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Random, bytes_of, cannot_decode, round_trip, survives_any_bytes};
    use super::*;

    /// Equality of decimals ignores the scale; the text doesn't.
    #[track_caller]
    fn exact(text: &str) {
        let value: Decimal = text.parse().unwrap();
        let back = Decimal::decode(Some(&bytes_of(&value))).unwrap();
        assert_eq!((back, back.to_string()), (value, text.to_owned()));
    }

    #[test]
    fn decimals_come_back_with_their_scale() {
        for text in [
            "0",
            "0.00",
            "1",
            "-1",
            "1.50",
            "10000",
            "100000000",
            "-0.0001",
            "0.00001000",
            "12345.678900",
            "79228162514264337593543950335",
            "-79228162514264337593543950335",
            "7.9228162514264337593543950335",
            "0.0000000000000000000000000001",
            "0.0000000000000000000000000000",
            "9999.9999",
            "10000.0001",
        ] {
            exact(text);
        }
    }

    #[test]
    fn random_decimals_come_back() {
        let mut random = Random::new();
        for _ in 0..5000 {
            let bits = (u128::from(random.next()) << 64 | u128::from(random.next())) >> 32 >> random.below(96);
            let value = Decimal::from_i128_with_scale(bits.cast_signed(), (random.next() % 29) as u32);
            exact(&value.to_string());
            round_trip(&-value);
        }
    }

    #[test]
    fn negative_zero_is_stored_as_zero() {
        let mut zero = Decimal::new(0, 2);
        zero.set_sign_negative(true);
        assert_eq!(bytes_of(&zero), [0, 0, 0, 0, 0, 0, 0, 2]);
    }

    #[test]
    fn what_decimal_cannot_hold_is_refused() {
        cannot_decode::<Decimal>(&[0, 0, 0, 0, 0xC0, 0, 0, 0], "NaN");
        cannot_decode::<Decimal>(&[0, 0, 0, 0, 0xD0, 0, 0, 0x20], "infinite");
        cannot_decode::<Decimal>(&[0, 0, 0, 0, 0xF0, 0, 0, 0x20], "infinite");
        // 1e131071 and the like
        cannot_decode::<Decimal>(&[0, 1, 0x7F, 0xFF, 0, 0, 0, 0, 0x03, 0xE8], "96 bits");
        // 2^96 = 7 9228 1625 1426 4337 5935 4395 0336
        let groups: [u16; 12] = [8, 7, 0, 0, 7, 9228, 1625, 1426, 4337, 5935, 4395, 336];
        let bytes: Vec<u8> = groups.iter().flat_map(|group| group.to_be_bytes()).collect();
        cannot_decode::<Decimal>(&bytes, "96 bits");
        cannot_decode::<Decimal>(&[0, 0, 0, 0, 0, 0, 0, 29], "28 digits after the point");
        cannot_decode::<Decimal>(&[0, 0, 0, 0, 0, 0, 0x40, 0], "not a valid");
        cannot_decode::<Decimal>(&[0, 1, 0, 0, 0, 0, 0, 0, 0x27, 0x10], "not a valid");
        cannot_decode::<Decimal>(&[0, 1, 0xFF, 0xFF, 0, 0, 0, 0, 0, 1], "not a valid");
    }

    #[test]
    fn any_bytes_are_survived() {
        survives_any_bytes(&[Decimal::MAX, Decimal::new(15, 1), Decimal::new(1, 28), Decimal::ZERO]);
    }
}

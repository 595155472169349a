//! `macaddr` as [`MacAddr`]: six bytes.

use std::fmt;
use std::str::FromStr;

use super::{Buffer, DbType, IsNull, NotNull, PgType, ValueError, builtin};

/// A `macaddr`: the address of a network card. Its text is PostgreSQL's: `08:00:2b:01:02:03`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MacAddr(pub [u8; 6]);

impl fmt::Display for MacAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

/// Six pairs of hexadecimal digits between colons or hyphens.
impl FromStr for MacAddr {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let malformed = || ValueError::malformed("macaddr");
        let mut bytes = [0; 6];
        let mut parts = text.split([':', '-']);
        for byte in &mut bytes {
            let part = parts.next().filter(|part| part.len() == 2 && !part.starts_with('+'));
            *byte = u8::from_str_radix(part.ok_or_else(malformed)?, 16).map_err(|_| malformed())?;
        }
        parts.next().is_none().then_some(Self(bytes)).ok_or_else(malformed)
    }
}

#[diagnostic::do_not_recommend]
impl DbType for MacAddr {
    type Base = Self;
    type Null = NotNull;
    const TYPE: &'static PgType = builtin::MACADDR;

    fn encode(&self, out: &mut Buffer) -> Result<IsNull, ValueError> {
        out.put(&self.0);
        Ok(IsNull::No)
    }

    fn decode(cell: Option<&[u8]>) -> Result<Self, ValueError> {
        let bytes = cell.ok_or(ValueError::null())?;
        bytes.try_into().map(Self).map_err(|_| ValueError::malformed("macaddr"))
    }
}
crate::__db_type_in_rows!(MacAddr, element);

#[cfg(test)]
mod tests {
    use super::super::testing::{cannot_decode, round_trip, survives_any_bytes};
    use super::*;

    #[test]
    fn addresses_come_back() {
        let address: MacAddr = "08:00:2b:01:02:ff".parse().unwrap();
        assert_eq!(address.to_string(), "08:00:2b:01:02:ff");
        assert_eq!("08-00-2b-01-02-ff".parse(), Ok(address));
        for text in [
            "",
            "08:00:2b:01:02",
            "08:00:2b:01:02:03:04",
            "08:00:2b:01:02:+3",
            "8:0:2b:1:2:3",
        ] {
            assert!(text.parse::<MacAddr>().is_err(), "{text}");
        }
        round_trip(&address);
        cannot_decode::<MacAddr>(&[0; 8], "not a valid macaddr");
        survives_any_bytes(&[address]);
    }
}

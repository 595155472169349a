//! `inet` as [`std::net::IpAddr`], and with the feature `cidr` as [`cidr::IpInet`]; `cidr` as [`cidr::IpCidr`].
//!
//! An `inet` is a host address and the netmask of its network; an `IpAddr` has no netmask, so an `inet` that has one is
//! refused, not stripped of it. The binary format is `inet_send`'s: family, bits of the netmask, whether it is a `cidr`,
//! length of the address, address.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Buffer, DbType, IsNull, NotNull, PgType, ValueError, builtin};

/// `PGSQL_AF_INET` and `PGSQL_AF_INET6`, which are the same on every platform.
const FAMILY_V4: u8 = 2;
const FAMILY_V6: u8 = 3;

#[diagnostic::do_not_recommend]
impl DbType for IpAddr {
    type Base = IpAddr;
    type Null = NotNull;
    const TYPE: &'static PgType = builtin::INET;

    fn encode(&self, out: &mut Buffer) -> Result<IsNull, ValueError> {
        encode(*self, full_mask(*self), false, out);
        Ok(IsNull::No)
    }

    fn decode(cell: Option<&[u8]>) -> Result<Self, ValueError> {
        let (address, mask) = decode(cell, "inet")?;
        if mask != full_mask(address) {
            return Err(ValueError::new(
                "the inet has a netmask, which `IpAddr` cannot hold; read it as `cidr::IpInet` (feature `cidr`), or \
                 select `host(…)` of it",
            ));
        }
        Ok(address)
    }
}
crate::__db_type_in_rows!(IpAddr, element);

fn full_mask(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn encode(address: IpAddr, mask: u8, is_cidr: bool, out: &mut Buffer) {
    match address {
        IpAddr::V4(address) => {
            out.put(&[FAMILY_V4, mask, u8::from(is_cidr), 4]);
            out.put(&address.octets());
        }
        IpAddr::V6(address) => {
            out.put(&[FAMILY_V6, mask, u8::from(is_cidr), 16]);
            out.put(&address.octets());
        }
    }
}

fn decode(cell: Option<&[u8]>, name: &str) -> Result<(IpAddr, u8), ValueError> {
    let malformed = || ValueError::malformed(name);
    let bytes = cell.ok_or(ValueError::null())?;
    let ([family, mask, is_cidr, length], octets) = bytes.split_first_chunk::<4>().ok_or_else(malformed)?;
    if *is_cidr > 1 || usize::from(*length) != octets.len() {
        return Err(malformed());
    }
    let address = match *family {
        FAMILY_V4 => <[u8; 4]>::try_from(octets)
            .ok()
            .map(|octets| Ipv4Addr::from(octets).into()),
        FAMILY_V6 => <[u8; 16]>::try_from(octets)
            .ok()
            .map(|octets| Ipv6Addr::from(octets).into()),
        _ => None,
    };
    let address = address
        .filter(|address| *mask <= full_mask(*address))
        .ok_or_else(malformed)?;
    Ok((address, *mask))
}

#[cfg(feature = "cidr")]
mod with_netmask {
    use cidr::{IpCidr, IpInet};

    use super::{Buffer, DbType, IsNull, NotNull, PgType, ValueError, builtin, decode, encode};

    #[diagnostic::do_not_recommend]
    impl DbType for IpInet {
        type Base = IpInet;
        type Null = NotNull;
        const TYPE: &'static PgType = builtin::INET;

        fn encode(&self, out: &mut Buffer) -> Result<IsNull, ValueError> {
            encode(self.address(), self.network_length(), false, out);
            Ok(IsNull::No)
        }

        fn decode(cell: Option<&[u8]>) -> Result<Self, ValueError> {
            let (address, mask) = decode(cell, "inet")?;
            IpInet::new(address, mask).map_err(|_| ValueError::malformed("inet"))
        }
    }
    crate::__db_type_in_rows!(IpInet, element);

    #[diagnostic::do_not_recommend]
    impl DbType for IpCidr {
        type Base = IpCidr;
        type Null = NotNull;
        const TYPE: &'static PgType = builtin::CIDR;

        fn encode(&self, out: &mut Buffer) -> Result<IsNull, ValueError> {
            encode(self.first_address(), self.network_length(), true, out);
            Ok(IsNull::No)
        }

        /// Bits to the right of the netmask are refused, as PostgreSQL refuses them.
        fn decode(cell: Option<&[u8]>) -> Result<Self, ValueError> {
            let (address, mask) = decode(cell, "cidr")?;
            IpCidr::new(address, mask).map_err(|_| ValueError::malformed("cidr"))
        }
    }
    crate::__db_type_in_rows!(IpCidr, element);
}

#[cfg(test)]
mod tests {
    use super::super::testing::{cannot_decode, round_trip, survives_any_bytes};
    use super::*;

    #[test]
    fn addresses_come_back() {
        for text in [
            "0.0.0.0",
            "255.255.255.255",
            "10.1.2.3",
            "::",
            "::1",
            "::ffff:10.1.2.3",
            "2001:db8::8",
        ] {
            round_trip::<IpAddr>(&text.parse().unwrap());
        }
        survives_any_bytes::<IpAddr>(&["10.1.2.3".parse().unwrap(), "2001:db8::8".parse().unwrap()]);
    }

    #[test]
    fn an_address_with_a_netmask_is_refused() {
        cannot_decode::<IpAddr>(&[2, 24, 0, 4, 10, 1, 2, 3], "netmask");
        cannot_decode::<IpAddr>(&[2, 33, 0, 4, 10, 1, 2, 3], "not a valid inet");
        cannot_decode::<IpAddr>(&[2, 32, 2, 4, 10, 1, 2, 3], "not a valid inet");
        cannot_decode::<IpAddr>(&[3, 32, 0, 4, 10, 1, 2, 3], "not a valid inet");
        cannot_decode::<IpAddr>(&[2, 32, 0, 5, 10, 1, 2, 3], "not a valid inet");
    }

    #[cfg(feature = "cidr")]
    #[test]
    fn netmasks_and_networks_come_back() {
        use cidr::{IpCidr, IpInet};
        for text in [
            "10.1.2.3/0",
            "10.1.2.3/24",
            "10.1.2.3/32",
            "2001:db8::8/0",
            "2001:db8::8/64",
            "::/128",
        ] {
            round_trip::<IpInet>(&text.parse().unwrap());
        }
        for text in [
            "0.0.0.0/0",
            "10.1.2.0/24",
            "10.1.2.3/32",
            "::/0",
            "2001:db8::/32",
            "::1/128",
        ] {
            round_trip::<IpCidr>(&text.parse().unwrap());
        }
        survives_any_bytes::<IpInet>(&["10.1.2.3/24".parse().unwrap()]);
        survives_any_bytes::<IpCidr>(&["2001:db8::/32".parse().unwrap()]);
        cannot_decode::<IpCidr>(&[2, 24, 1, 4, 10, 1, 2, 3], "not a valid cidr");
    }
}

//! inet and cidr.

use std::net::IpAddr;

use crate::server::Server;

#[test]
fn addresses() {
    let server = Server::connect();
    for text in [
        "0.0.0.0",
        "255.255.255.255",
        "10.1.2.3",
        "::",
        "::1",
        "2001:db8::8",
        "::ffff:10.1.2.3",
    ] {
        let full = if text.contains(':') { 128 } else { 32 };
        let address: IpAddr = text.parse().unwrap();
        let (back, understood) = server.echo(&address);
        assert_eq!(understood, format!("{text}/{full}"));
        assert_eq!(<IpAddr as orm_core::DbType>::decode(back.as_deref()), Ok(address));
    }
    server.cannot_read::<IpAddr>("'10.1.2.3/24'::inet", "netmask");
    server.cannot_read::<IpAddr>("'2001:db8::8/64'::inet", "netmask");
    assert_eq!(server.reads("'10.1.2.3/32'::inet"), Ok(IpAddr::from([10, 1, 2, 3])));
}

#[cfg(feature = "cidr")]
#[test]
fn networks() {
    use cidr::{IpCidr, IpInet};
    let server = Server::connect();
    for text in [
        "10.1.2.3/0",
        "10.1.2.3/24",
        "10.1.2.3/32",
        "2001:db8::8/0",
        "2001:db8::8/64",
        "::1/128",
    ] {
        server.stores(text.parse::<IpInet>().unwrap(), text);
    }
    for text in [
        "0.0.0.0/0",
        "10.1.2.0/24",
        "10.1.2.3/32",
        "::/0",
        "2001:db8::/32",
        "::1/128",
    ] {
        server.stores(text.parse::<IpCidr>().unwrap(), text);
    }
    server.stores(
        vec![Some("10.0.0.0/8".parse::<IpCidr>().unwrap()), None],
        "{10.0.0.0/8,NULL}",
    );
}

//! Network addresses.

use std::net::IpAddr;

use orm::MacAddr;
use orm::prelude::*;

use super::support::of;

#[derive(Model)]
#[orm(table = "hosts")]
struct Host {
    #[orm(primary_key)]
    id: i32,
    address: IpAddr,
    other: Option<IpAddr>,
    card: MacAddr,
    cards: Vec<MacAddr>,
    #[cfg(feature = "cidr")]
    network: cidr::IpCidr,
    #[cfg(feature = "cidr")]
    interface: cidr::IpInet,
}

async fn hosts(db: Database) -> Result<(), Error> {
    orm::create_all(&[Host::TABLE], &db).await?;
    let host = NewHost {
        id: 1,
        address: "10.1.2.3".parse().unwrap(),
        other: None,
        card: "08:00:2b:01:02:ff".parse().unwrap(),
        cards: vec![MacAddr([0; 6]), MacAddr([0xff; 6])],
        #[cfg(feature = "cidr")]
        network: "10.1.0.0/16".parse().unwrap(),
        #[cfg(feature = "cidr")]
        interface: "10.1.2.9/24".parse().unwrap(),
    };
    Host::insert(host).execute(&db).await?;
    Ok(())
}

#[orm::test(setup = hosts)]
async fn addresses_are_compared_and_described(db: Database) {
    let ip = |text: &str| text.parse::<IpAddr>().unwrap();
    let row = of(&db, Host::query(), |h| {
        (
            h.address.within_or_eq(ip("10.1.2.3")),
            h.address.within(ip("10.1.2.3")),
            h.address.contains_network_or_eq(h.address),
            h.address.overlaps_network(h.other),
            h.address.same_family(ip("::1")),
            h.address.distance_from(ip("10.1.1.0")),
        )
    })
    .await;
    assert_eq!(row, (true, false, true, None, false, 256 + 3));
    let row = of(&db, Host::query(), |h| {
        (
            h.address.host(),
            h.address.abbrev(),
            h.address.family(),
            h.address.masklen(),
            h.address.netmask(),
            h.other.hostmask(),
        )
    })
    .await;
    assert_eq!(
        row,
        ("10.1.2.3".into(), "10.1.2.3".into(), 4, 32, ip("255.255.255.255"), None)
    );
}

#[orm::test(setup = hosts)]
async fn addresses_of_cards_come_back(db: Database) {
    let host = Host::query()
        .filter(|h| h.card.eq(MacAddr([8, 0, 0x2b, 1, 2, 0xff])))
        .one(&db)
        .await
        .unwrap();
    assert_eq!(host.cards, [MacAddr([0; 6]), MacAddr([0xff; 6])]);
    let text = of(&db, Host::query(), |h| h.card.cast::<String>()).await;
    assert_eq!(text, host.card.to_string());
}

#[cfg(feature = "cidr")]
#[orm::test(setup = hosts)]
async fn networks_contain_and_give_addresses(db: Database) {
    use cidr::{IpCidr, IpInet};
    let inet = |text: &str| text.parse::<IpInet>().unwrap();
    let net = |text: &str| text.parse::<IpCidr>().unwrap();
    let row = of(&db, Host::query(), |h| {
        (
            h.address.within(h.network),
            h.network.contains_network(h.interface),
            h.interface.within(net("10.1.2.0/24")),
            h.network.overlaps_network(net("10.0.0.0/8")),
            h.network.abbrev(),
            h.interface.masklen(),
        )
    })
    .await;
    assert_eq!(row, (true, true, false, true, "10.1/16".into(), 24));
    let row = of(&db, Host::query(), |h| {
        (
            h.interface.network(),
            h.interface.broadcast(),
            h.interface.set_masklen(h.id + 7),
            h.network.set_masklen(24),
            h.address.merge_network(h.interface),
            h.interface.hostmask(),
        )
    })
    .await;
    assert_eq!((row.0, row.1), (net("10.1.2.0/24"), inet("10.1.2.255/24")));
    assert_eq!((row.2, row.3), (inet("10.1.2.9/8"), inet("10.1.0.0/24")));
    assert_eq!(
        (row.4, row.5),
        (net("10.1.2.0/24"), "0.0.0.255".parse::<IpAddr>().unwrap())
    );
}

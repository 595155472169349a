//! Volume shipping.

use orm::prelude::*;
use rust_decimal::Decimal;

use super::{day, discounted};
use crate::tpch::models::{LineItem, NationFields};
use crate::tpch::reference::same_as_text;

#[derive(Row, Debug, PartialEq)]
struct ShippingVolume {
    supplier_nation: String,
    customer_nation: String,
    year: i32,
    revenue: Option<Decimal>,
}

/// A line's shipment from one nation to another.
#[derive(Row)]
struct Shipment {
    supplier_nation: String,
    customer_nation: String,
    year: i32,
    volume: Decimal,
}

#[tokio::test]
async fn volume_shipping() {
    let between = |seller: NationFields, buyer: NationFields| {
        (seller.name.eq("FRANCE") & buyer.name.eq("GERMANY")) | (seller.name.eq("GERMANY") & buyer.name.eq("FRANCE"))
    };
    let query = LineItem::query()
        .filter(|l| between(l.supplier().nation(), l.order().customer().nation()))
        .filter(|l| l.ship_date.between(day(1995, 1, 1), day(1996, 12, 31)))
        .select(|l| ShipmentExpr {
            supplier_nation: l.supplier().nation().name,
            customer_nation: l.order().customer().nation().name,
            year: l.ship_date.year(),
            volume: discounted(l),
        })
        .subquery()
        .group_by(|s| (s.supplier_nation, s.customer_nation, s.year))
        .order_by(|g| {
            let (supplier_nation, customer_nation, year) = g.key();
            (supplier_nation.asc(), customer_nation.asc(), year.asc())
        })
        .select(|g| {
            let (supplier_nation, customer_nation, year) = g.key();
            ShippingVolumeExpr {
                supplier_nation,
                customer_nation,
                year,
                revenue: g.sum(|s| s.volume),
            }
        });
    same_as_text(query, include_str!("q07.sql")).await;
}

//! Potential part promotion.

use chrono::Months;
use orm::prelude::*;
use rust_decimal::Decimal;

use super::day;
use crate::tpch::models::{Part, PartSupp, Supplier};
use crate::tpch::reference::same_as_text;

#[derive(Row, Debug, PartialEq)]
struct SurplusSupplier {
    name: String,
    address: String,
}

#[tokio::test]
async fn potential_part_promotion() {
    let start = day(1993, 1, 1);
    let light = Part::query().filter(|p| p.name.starts_with("light"));
    let surplus = PartSupp::query()
        .filter(|ps| ps.part_key.in_(light.select(|p| p.key)))
        .filter(|ps| {
            let sold = ps
                .line_items()
                .filter(|l| l.ship_date.ge(start) & l.ship_date.lt(start + Months::new(12)))
                .sum(|l| l.quantity);
            ps.available.cast::<Decimal>().gt(Decimal::new(5, 1) * sold)
        });
    let query = Supplier::query()
        .filter(|s| s.nation().name.eq("UNITED STATES"))
        .filter(|s| s.key.in_(surplus.select(|ps| ps.supplier_key)))
        .order_by(|s| s.name.asc())
        .select(|s| SurplusSupplierExpr {
            name: s.name,
            address: s.address,
        });
    same_as_text(query, include_str!("q20.sql")).await;
}

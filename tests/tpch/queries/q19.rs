//! Discounted revenue.

use orm::prelude::*;
use rust_decimal::Decimal;

use super::discounted;
use crate::tpch::models::LineItem;
use crate::tpch::reference::same_as_text;

#[derive(Row, Debug, PartialEq)]
struct DiscountedRevenue {
    revenue: Option<Decimal>,
}

#[tokio::test]
async fn discounted_revenue() {
    let query = LineItem::query()
        .filter(|l| l.ship_mode.in_(["AIR", "AIR REG"]) & l.ship_instructions.eq("DELIVER IN PERSON"))
        .filter(|l| {
            let sold = |brand, containers: [&str; 4], quantity, size| {
                let part = l.part();
                part.brand.eq(brand)
                    & part.container.in_(containers)
                    & l.quantity.between(quantity, quantity + 10)
                    & part.size.between(1, size)
            };
            sold("Brand#15", ["SM CASE", "SM BOX", "SM PACK", "SM PKG"], 9, 5)
                | sold("Brand#41", ["MED BAG", "MED BOX", "MED PKG", "MED PACK"], 10, 10)
                | sold("Brand#32", ["LG CASE", "LG BOX", "LG PACK", "LG PKG"], 21, 15)
        })
        .aggregate(|g| DiscountedRevenueExpr {
            revenue: g.sum(discounted),
        });
    same_as_text(query, include_str!("q19.sql")).await;
}

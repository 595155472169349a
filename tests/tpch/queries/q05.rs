//! Local supplier volume.

use chrono::Months;
use orm::prelude::*;
use rust_decimal::Decimal;

use super::{day, discounted};
use crate::tpch::models::LineItem;
use crate::tpch::reference::same_as_text;

#[derive(Row, Debug, PartialEq)]
struct NationRevenue {
    nation: String,
    revenue: Option<Decimal>,
}

#[tokio::test]
async fn local_supplier_volume() {
    let start = day(1994, 1, 1);
    let query = LineItem::query()
        .filter(|l| l.supplier().nation().region().name.eq("ASIA"))
        .filter(|l| l.order().customer().nation_key.eq(l.supplier().nation_key))
        .filter(|l| l.order().order_date.ge(start) & l.order().order_date.lt(start + Months::new(12)))
        .group_by(|l| l.supplier().nation().name)
        .order_by(|g| g.sum(discounted).desc())
        .select(|g| NationRevenueExpr {
            nation: g.key(),
            revenue: g.sum(discounted),
        });
    same_as_text(query, include_str!("q05.sql")).await;
}

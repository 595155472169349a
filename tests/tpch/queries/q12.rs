//! Shipping modes and order priority.

use chrono::Months;
use orm::prelude::*;

use super::day;
use crate::tpch::models::{LineItem, LineItemFields};
use crate::tpch::reference::same_as_text;

#[derive(Row, Debug, PartialEq)]
struct ShipModeLines {
    ship_mode: String,
    high: Option<i64>,
    low: Option<i64>,
}

#[tokio::test]
async fn shipping_modes_and_order_priority() {
    let start = day(1994, 1, 1);
    let is_urgent = |l: LineItemFields| l.order().priority.in_(["1-URGENT", "2-HIGH"]);
    let query = LineItem::query()
        .filter(|l| l.ship_mode.in_(["MAIL", "SHIP"]))
        .filter(|l| l.ship_date.lt(l.commit_date) & l.commit_date.lt(l.receipt_date))
        .filter(|l| l.receipt_date.ge(start) & l.receipt_date.lt(start + Months::new(12)))
        .group_by(|l| l.ship_mode)
        .order_by(|g| g.key().asc())
        .select(|g| ShipModeLinesExpr {
            ship_mode: g.key(),
            high: g.sum(|l| case().when(is_urgent(l), 1).otherwise(0)),
            low: g.sum(|l| case().when(!is_urgent(l), 1).otherwise(0)),
        });
    same_as_text(query, include_str!("q12.sql")).await;
}

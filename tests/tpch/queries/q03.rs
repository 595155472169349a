//! Shipping priority.

use chrono::NaiveDate;
use orm::prelude::*;
use rust_decimal::Decimal;

use super::{day, discounted};
use crate::tpch::models::LineItem;
use crate::tpch::reference::same_as_text;

#[derive(Row, Debug, PartialEq)]
struct UnshippedOrder {
    order_key: i64,
    revenue: Option<Decimal>,
    order_date: NaiveDate,
    ship_priority: i32,
}

#[tokio::test]
async fn shipping_priority() {
    let date = day(1995, 3, 15);
    let query = LineItem::query()
        .filter(|l| l.order().customer().market_segment.eq("BUILDING"))
        .filter(|l| l.order().order_date.lt(date) & l.ship_date.gt(date))
        .group_by(|l| (l.order_key, l.order().order_date, l.order().ship_priority))
        .order_by(|g| (g.sum(discounted).desc(), g.key().1.asc()))
        .select(|g| {
            let (order_key, order_date, ship_priority) = g.key();
            UnshippedOrderExpr {
                order_key,
                revenue: g.sum(discounted),
                order_date,
                ship_priority,
            }
        })
        .limit(10);
    same_as_text(query, include_str!("q03.sql")).await;
}

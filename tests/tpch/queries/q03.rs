//! Shipping priority.

use chrono::NaiveDate;
use orm::prelude::*;
use rust_decimal::Decimal;

use crate::tpch::reference::has_rows;

#[derive(Row, Debug, PartialEq)]
struct UnshippedOrder {
    order_key: i64,
    revenue: Option<Decimal>,
    order_date: NaiveDate,
    ship_priority: i32,
}

#[tokio::test]
async fn shipping_priority() {
    has_rows::<UnshippedOrder>(include_str!("q03.sql")).await;
}

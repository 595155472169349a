//! Shipping modes and order priority.

use orm::prelude::*;

use crate::tpch::reference::has_rows;

#[derive(Row, Debug, PartialEq)]
struct ShipModeLines {
    ship_mode: String,
    high: Option<i64>,
    low: Option<i64>,
}

#[tokio::test]
async fn shipping_modes_and_order_priority() {
    has_rows::<ShipModeLines>(include_str!("q12.sql")).await;
}

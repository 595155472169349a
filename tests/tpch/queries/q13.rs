//! Customer distribution.

use orm::prelude::*;

use crate::tpch::reference::has_rows;

#[derive(Row, Debug, PartialEq)]
struct OrderCounts {
    orders: i64,
    customers: i64,
}

#[tokio::test]
async fn customer_distribution() {
    has_rows::<OrderCounts>(include_str!("q13.sql")).await;
}

//! Forecasting revenue change.

use orm::prelude::*;
use rust_decimal::Decimal;

use crate::tpch::reference::has_rows;

#[derive(Row, Debug, PartialEq)]
struct RevenueChange {
    revenue: Option<Decimal>,
}

#[tokio::test]
async fn forecasting_revenue_change() {
    has_rows::<RevenueChange>(include_str!("q06.sql")).await;
}

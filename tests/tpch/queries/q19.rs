//! Discounted revenue.

use orm::prelude::*;
use rust_decimal::Decimal;

use crate::tpch::reference::has_rows;

#[derive(Row, Debug, PartialEq)]
struct DiscountedRevenue {
    revenue: Option<Decimal>,
}

#[tokio::test]
async fn discounted_revenue() {
    has_rows::<DiscountedRevenue>(include_str!("q19.sql")).await;
}

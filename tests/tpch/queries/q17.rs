//! Small-quantity-order revenue.

use orm::prelude::*;
use rust_decimal::Decimal;

use crate::tpch::reference::has_rows;

#[derive(Row, Debug, PartialEq)]
struct YearlyLoss {
    average: Option<Decimal>,
}

#[tokio::test]
async fn small_quantity_order_revenue() {
    has_rows::<YearlyLoss>(include_str!("q17.sql")).await;
}

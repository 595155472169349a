//! Pricing summary report.

use orm::prelude::*;
use rust_decimal::Decimal;

use crate::tpch::reference::has_rows;

#[derive(Row, Debug, PartialEq)]
struct PricingSummary {
    return_flag: String,
    line_status: String,
    quantity: Option<Decimal>,
    base_price: Option<Decimal>,
    discounted_price: Option<Decimal>,
    charge: Option<Decimal>,
    average_quantity: Option<Decimal>,
    average_price: Option<Decimal>,
    average_discount: Option<Decimal>,
    orders: i64,
}

#[tokio::test]
async fn pricing_summary_report() {
    has_rows::<PricingSummary>(include_str!("q01.sql")).await;
}

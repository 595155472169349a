//! Large volume customer.

use chrono::NaiveDate;
use orm::prelude::*;
use rust_decimal::Decimal;

use crate::tpch::reference::has_rows;

#[derive(Row, Debug, PartialEq)]
struct LargeOrder {
    name: String,
    customer_key: i64,
    order_key: i64,
    order_date: NaiveDate,
    total_price: Decimal,
    quantity: Option<Decimal>,
}

#[tokio::test]
async fn large_volume_customer() {
    has_rows::<LargeOrder>(include_str!("q18.sql")).await;
}

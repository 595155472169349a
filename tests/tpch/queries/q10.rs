//! Returned item reporting.

use orm::prelude::*;
use rust_decimal::Decimal;

use crate::tpch::reference::has_rows;

#[derive(Row, Debug, PartialEq)]
struct ReturnedItems {
    customer_key: i64,
    name: String,
    revenue: Option<Decimal>,
    account_balance: Decimal,
    nation: String,
    address: String,
    phone: String,
    comment: String,
}

#[tokio::test]
async fn returned_item_reporting() {
    has_rows::<ReturnedItems>(include_str!("q10.sql")).await;
}

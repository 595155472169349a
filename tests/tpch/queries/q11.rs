//! Important stock identification.

use orm::prelude::*;
use rust_decimal::Decimal;

use crate::tpch::reference::has_rows;

#[derive(Row, Debug, PartialEq)]
struct StockValue {
    part_key: i64,
    value: Option<Decimal>,
}

#[tokio::test]
async fn important_stock() {
    has_rows::<StockValue>(include_str!("q11.sql")).await;
}

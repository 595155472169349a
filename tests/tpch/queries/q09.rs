//! Product type profit measure.

use orm::prelude::*;
use rust_decimal::Decimal;

use crate::tpch::reference::has_rows;

#[derive(Row, Debug, PartialEq)]
struct Profit {
    nation: String,
    year: i32,
    profit: Option<Decimal>,
}

#[tokio::test]
async fn product_type_profit() {
    has_rows::<Profit>(include_str!("q09.sql")).await;
}

//! Minimum cost supplier.

use orm::prelude::*;
use rust_decimal::Decimal;

use crate::tpch::reference::has_rows;

#[derive(Row, Debug, PartialEq)]
struct CheapestSupplier {
    account_balance: Decimal,
    supplier: String,
    nation: String,
    part_key: i64,
    manufacturer: String,
    address: String,
    phone: String,
    comment: String,
}

#[tokio::test]
async fn minimum_cost_supplier() {
    has_rows::<CheapestSupplier>(include_str!("q02.sql")).await;
}

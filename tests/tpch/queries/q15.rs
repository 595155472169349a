//! Top supplier.

use orm::prelude::*;
use rust_decimal::Decimal;

use crate::tpch::reference::has_rows;

#[derive(Row, Debug, PartialEq)]
struct TopSupplier {
    key: i64,
    name: String,
    address: String,
    phone: String,
    revenue: Option<Decimal>,
}

#[tokio::test]
async fn top_supplier() {
    has_rows::<TopSupplier>(include_str!("q15.sql")).await;
}

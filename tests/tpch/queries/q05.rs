//! Local supplier volume.

use orm::prelude::*;
use rust_decimal::Decimal;

use crate::tpch::reference::has_rows;

#[derive(Row, Debug, PartialEq)]
struct NationRevenue {
    nation: String,
    revenue: Option<Decimal>,
}

#[tokio::test]
async fn local_supplier_volume() {
    has_rows::<NationRevenue>(include_str!("q05.sql")).await;
}

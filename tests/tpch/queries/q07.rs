//! Volume shipping.

use orm::prelude::*;
use rust_decimal::Decimal;

use crate::tpch::reference::has_rows;

#[derive(Row, Debug, PartialEq)]
struct ShippingVolume {
    supplier_nation: String,
    customer_nation: String,
    year: i32,
    revenue: Option<Decimal>,
}

#[tokio::test]
async fn volume_shipping() {
    has_rows::<ShippingVolume>(include_str!("q07.sql")).await;
}

//! National market share.

use orm::prelude::*;
use rust_decimal::Decimal;

use crate::tpch::reference::has_rows;

#[derive(Row, Debug, PartialEq)]
struct MarketShare {
    year: i32,
    share: Option<Decimal>,
}

#[tokio::test]
async fn national_market_share() {
    has_rows::<MarketShare>(include_str!("q08.sql")).await;
}

//! Promotion effect.

use orm::prelude::*;
use rust_decimal::Decimal;

use crate::tpch::reference::has_rows;

#[derive(Row, Debug, PartialEq)]
struct PromotionShare {
    percent: Option<Decimal>,
}

#[tokio::test]
async fn promotion_effect() {
    has_rows::<PromotionShare>(include_str!("q14.sql")).await;
}

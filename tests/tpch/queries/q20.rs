//! Potential part promotion.

use orm::prelude::*;

use crate::tpch::reference::has_rows;

#[derive(Row, Debug, PartialEq)]
struct SurplusSupplier {
    name: String,
    address: String,
}

#[tokio::test]
async fn potential_part_promotion() {
    has_rows::<SurplusSupplier>(include_str!("q20.sql")).await;
}

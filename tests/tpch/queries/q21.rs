//! Suppliers who kept orders waiting.

use orm::prelude::*;

use crate::tpch::reference::has_rows;

#[derive(Row, Debug, PartialEq)]
struct LateSupplier {
    name: String,
    waits: i64,
}

#[tokio::test]
async fn suppliers_who_kept_orders_waiting() {
    has_rows::<LateSupplier>(include_str!("q21.sql")).await;
}

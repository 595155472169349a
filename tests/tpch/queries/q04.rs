//! Order priority checking.

use orm::prelude::*;

use crate::tpch::reference::has_rows;

#[derive(Row, Debug, PartialEq)]
struct PriorityCount {
    priority: String,
    orders: i64,
}

#[tokio::test]
async fn order_priority_checking() {
    has_rows::<PriorityCount>(include_str!("q04.sql")).await;
}

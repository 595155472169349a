//! Order priority checking.

use chrono::Months;
use orm::prelude::*;

use super::day;
use crate::tpch::models::Order;
use crate::tpch::reference::same_as_text;

#[derive(Row, Debug, PartialEq)]
struct PriorityCount {
    priority: String,
    orders: i64,
}

#[tokio::test]
async fn order_priority_checking() {
    let start = day(1993, 7, 1);
    let query = Order::query()
        .filter(|o| o.order_date.ge(start) & o.order_date.lt(start + Months::new(3)))
        .filter(|o| o.line_items().any(|l| l.commit_date.lt(l.receipt_date)))
        .group_by(|o| o.priority)
        .order_by(|g| g.key().asc())
        .select(|g| PriorityCountExpr {
            priority: g.key(),
            orders: g.count(),
        });
    same_as_text(query, include_str!("q04.sql")).await;
}

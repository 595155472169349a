//! Customer distribution.

use orm::prelude::*;

use crate::tpch::models::Customer;
use crate::tpch::reference::same_as_text;

#[derive(Row, Debug, PartialEq)]
struct OrderCounts {
    orders: i64,
    customers: i64,
}

#[tokio::test]
async fn customer_distribution() {
    let query = Customer::query()
        .left_join(|c| c.orders().filter(|o| o.comment.not_like("%special%requests%")))
        .group_by(|(c, _)| c.key)
        .select(|g| (g.key(), g.count_of(|(_, o)| o.key)))
        .subquery()
        .group_by(|(_, orders)| orders)
        .order_by(|g| (g.count().desc(), g.key().desc()))
        .select(|g| OrderCountsExpr {
            orders: g.key(),
            customers: g.count(),
        });
    same_as_text(query, include_str!("q13.sql")).await;
}

//! Large volume customer.

use chrono::NaiveDate;
use orm::prelude::*;
use rust_decimal::Decimal;

use crate::tpch::models::LineItem;
use crate::tpch::reference::same_as_text;

#[derive(Row, Debug, PartialEq)]
struct LargeOrder {
    name: String,
    customer_key: i64,
    order_key: i64,
    order_date: NaiveDate,
    total_price: Decimal,
    quantity: Option<Decimal>,
}

#[tokio::test]
async fn large_volume_customer() {
    let large = LineItem::query()
        .group_by(|l| l.order_key)
        .having(|g| g.sum(|l| l.quantity).gt(300))
        .select(|g| g.key());
    let query = LineItem::query()
        .filter(|l| l.order_key.in_(large))
        .group_by(|l| (l.order().customer(), l.order()))
        .order_by(|g| {
            let (_, order) = g.key();
            (order.total_price.desc(), order.order_date.asc())
        })
        .select(|g| {
            let (customer, order) = g.key();
            LargeOrderExpr {
                name: customer.name,
                customer_key: customer.key,
                order_key: order.key,
                order_date: order.order_date,
                total_price: order.total_price,
                quantity: g.sum(|l| l.quantity),
            }
        })
        .limit(100);
    same_as_text(query, include_str!("q18.sql")).await;
}

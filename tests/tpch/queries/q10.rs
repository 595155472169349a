//! Returned item reporting.

use chrono::Months;
use orm::prelude::*;
use rust_decimal::Decimal;

use super::{day, discounted};
use crate::tpch::models::LineItem;
use crate::tpch::reference::same_as_text;

#[derive(Row, Debug, PartialEq)]
struct ReturnedItems {
    customer_key: i64,
    name: String,
    revenue: Option<Decimal>,
    account_balance: Decimal,
    nation: String,
    address: String,
    phone: String,
    comment: String,
}

#[tokio::test]
async fn returned_item_reporting() {
    let start = day(1993, 10, 1);
    let query = LineItem::query()
        .filter(|l| l.return_flag.eq("R"))
        .filter(|l| l.order().order_date.ge(start) & l.order().order_date.lt(start + Months::new(3)))
        .group_by(|l| (l.order().customer(), l.order().customer().nation().name))
        .order_by(|g| g.sum(discounted).desc())
        .select(|g| {
            let (customer, nation) = g.key();
            ReturnedItemsExpr {
                customer_key: customer.key,
                name: customer.name,
                revenue: g.sum(discounted),
                account_balance: customer.account_balance,
                nation,
                address: customer.address,
                phone: customer.phone,
                comment: customer.comment,
            }
        })
        .limit(20);
    same_as_text(query, include_str!("q10.sql")).await;
}

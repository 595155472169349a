//! Forecasting revenue change.

use chrono::Months;
use orm::prelude::*;
use rust_decimal::Decimal;

use super::day;
use crate::tpch::models::LineItem;
use crate::tpch::reference::same_as_text;

#[derive(Row, Debug, PartialEq)]
struct RevenueChange {
    revenue: Option<Decimal>,
}

#[tokio::test]
async fn forecasting_revenue_change() {
    let start = day(1994, 1, 1);
    let (discount, width) = (Decimal::new(6, 2), Decimal::new(1, 2));
    let query = LineItem::query()
        .filter(|l| l.ship_date.ge(start) & l.ship_date.lt(start + Months::new(12)))
        .filter(|l| l.discount.between(discount - width, discount + width) & l.quantity.lt(24))
        .aggregate(|g| RevenueChangeExpr {
            revenue: g.sum(|l| l.extended_price * l.discount),
        });
    same_as_text(query, include_str!("q06.sql")).await;
}

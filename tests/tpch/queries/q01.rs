//! Pricing summary report.

use chrono::Days;
use orm::prelude::*;
use rust_decimal::Decimal;

use super::{day, discounted};
use crate::tpch::models::LineItem;
use crate::tpch::reference::same_as_text;

#[derive(Row, Debug, PartialEq)]
struct PricingSummary {
    return_flag: String,
    line_status: String,
    quantity: Option<Decimal>,
    base_price: Option<Decimal>,
    discounted_price: Option<Decimal>,
    charge: Option<Decimal>,
    average_quantity: Option<Decimal>,
    average_price: Option<Decimal>,
    average_discount: Option<Decimal>,
    orders: i64,
}

#[tokio::test]
async fn pricing_summary_report() {
    let until = day(1998, 12, 1) - Days::new(90);
    let query = LineItem::query()
        .filter(|l| l.ship_date.le(until))
        .group_by(|l| (l.return_flag, l.line_status))
        .order_by(|g| {
            let (return_flag, line_status) = g.key();
            (return_flag.asc(), line_status.asc())
        })
        .select(|g| {
            let (return_flag, line_status) = g.key();
            PricingSummaryExpr {
                return_flag,
                line_status,
                quantity: g.sum(|l| l.quantity),
                base_price: g.sum(|l| l.extended_price),
                discounted_price: g.sum(discounted),
                charge: g.sum(|l| discounted(l) * (1 + l.tax)),
                average_quantity: g.avg(|l| l.quantity),
                average_price: g.avg(|l| l.extended_price),
                average_discount: g.avg(|l| l.discount),
                orders: g.count(),
            }
        });
    same_as_text(query, include_str!("q01.sql")).await;
}

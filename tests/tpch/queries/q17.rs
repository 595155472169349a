//! Small-quantity-order revenue.

use orm::prelude::*;
use rust_decimal::Decimal;

use crate::tpch::models::LineItem;
use crate::tpch::reference::same_as_text;

#[derive(Row, Debug, PartialEq)]
struct YearlyLoss {
    average: Option<Decimal>,
}

#[tokio::test]
async fn small_quantity_order_revenue() {
    let query = LineItem::query()
        .filter(|l| l.part().brand.eq("Brand#44") & l.part().container.eq("WRAP CAN"))
        .filter(|l| {
            let of_this_part = l.part().line_items();
            l.quantity
                .lt(of_this_part.aggregate(|g| Decimal::new(2, 1) * g.avg(|other| other.quantity)))
        })
        .aggregate(|g| YearlyLossExpr {
            average: g.sum(|l| l.extended_price) / 7,
        });
    same_as_text(query, include_str!("q17.sql")).await;
}

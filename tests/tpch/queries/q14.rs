//! Promotion effect.

use chrono::Months;
use orm::prelude::*;
use rust_decimal::Decimal;

use super::{day, discounted};
use crate::tpch::models::LineItem;
use crate::tpch::reference::same_as_text;

#[derive(Row, Debug, PartialEq)]
struct PromotionShare {
    percent: Option<Decimal>,
}

#[tokio::test]
async fn promotion_effect() {
    let start = day(1995, 9, 1);
    let query = LineItem::query()
        .filter(|l| l.ship_date.ge(start) & l.ship_date.lt(start + Months::new(1)))
        .aggregate(|g| {
            let promoted = g.sum(|l| {
                case()
                    .when(l.part().kind.starts_with("PROMO"), discounted(l))
                    .otherwise(0)
            });
            PromotionShareExpr {
                percent: 100 * promoted / g.sum(discounted),
            }
        });
    same_as_text(query, include_str!("q14.sql")).await;
}

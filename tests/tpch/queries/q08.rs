//! National market share.

use orm::prelude::*;
use rust_decimal::Decimal;

use super::{day, discounted};
use crate::tpch::models::LineItem;
use crate::tpch::reference::same_as_text;

#[derive(Row, Debug, PartialEq)]
struct MarketShare {
    year: i32,
    share: Option<Decimal>,
}

/// What a supplier of some nation sold.
#[derive(Row)]
struct Sale {
    year: i32,
    volume: Decimal,
    nation: String,
}

#[tokio::test]
async fn national_market_share() {
    let query = LineItem::query()
        .filter(|l| l.part().kind.eq("STANDARD BRUSHED STEEL"))
        .filter(|l| l.order().customer().nation().region().name.eq("AMERICA"))
        .filter(|l| l.order().order_date.between(day(1995, 1, 1), day(1996, 12, 31)))
        .select(|l| SaleExpr {
            year: l.order().order_date.year(),
            volume: discounted(l),
            nation: l.supplier().nation().name,
        })
        .subquery()
        .group_by(|sale| sale.year)
        .order_by(|g| g.key().asc())
        .select(|g| {
            let ours = g.sum(|sale| case().when(sale.nation.eq("UNITED STATES"), sale.volume).otherwise(0));
            MarketShareExpr {
                year: g.key(),
                share: ours / g.sum(|sale| sale.volume),
            }
        });
    same_as_text(query, include_str!("q08.sql")).await;
}

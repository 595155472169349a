//! TPC-H's query 5: what suppliers earned from customers of their own nation. Relations are paths; none is joined by hand.

use chrono::Months;
use orm::Fetch;
use orm::prelude::*;
use rust_decimal::Decimal;

use crate::models::LineItem;
use crate::questions::{day, discounted};

#[derive(Row)]
pub(crate) struct NationRevenue {
    pub(crate) nation: String,
    pub(crate) revenue: Option<Decimal>,
}

pub(crate) fn query() -> impl Fetch<Row = NationRevenue> + Clone {
    let start = day(1994, 1, 1);
    LineItem::query()
        .filter(|l| l.supplier().nation().region().name.eq("ASIA"))
        .filter(|l| l.order().customer().nation_key.eq(l.supplier().nation_key))
        .filter(|l| l.order().order_date.ge(start) & l.order().order_date.lt(start + Months::new(12)))
        .group_by(|l| l.supplier().nation().name)
        .order_by(|g| g.sum(discounted).desc())
        .select(|g| NationRevenueExpr {
            nation: g.key(),
            revenue: g.sum(discounted),
        })
}

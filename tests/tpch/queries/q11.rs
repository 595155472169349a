//! Important stock identification.

use orm::prelude::*;
use rust_decimal::Decimal;

use crate::tpch::models::{PartSupp, PartSuppFields};
use crate::tpch::reference::same_as_text;

#[derive(Row, Debug, PartialEq)]
struct StockValue {
    part_key: i64,
    value: Option<Decimal>,
}

fn value(stock: PartSuppFields) -> Expr<Decimal> {
    stock.supply_cost * stock.available.cast::<Decimal>()
}

#[tokio::test]
async fn important_stock() {
    let stock = PartSupp::query().filter(|ps| ps.supplier().nation().name.eq("FRANCE"));
    let total = stock.clone().aggregate(|g| g.sum(value));
    let query = stock
        .group_by(|ps| ps.part_key)
        .having(|g| g.sum(value).gt(total.scalar() * Decimal::new(1, 2)))
        .order_by(|g| g.sum(value).desc())
        .select(|g| StockValueExpr {
            part_key: g.key(),
            value: g.sum(value),
        });
    same_as_text(query, include_str!("q11.sql")).await;
}

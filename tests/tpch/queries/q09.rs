//! Product type profit measure.

use orm::prelude::*;
use rust_decimal::Decimal;

use super::discounted;
use crate::tpch::models::LineItem;
use crate::tpch::reference::same_as_text;

#[derive(Row, Debug, PartialEq)]
struct Profit {
    nation: String,
    year: i32,
    profit: Option<Decimal>,
}

/// What is earned by a line.
#[derive(Row)]
struct LineProfit {
    nation: String,
    year: i32,
    amount: Decimal,
}

#[tokio::test]
async fn product_type_profit() {
    let query = LineItem::query()
        .filter(|l| l.part().name.contains("green"))
        .select(|l| LineProfitExpr {
            nation: l.supplier().nation().name,
            year: l.order().order_date.year(),
            amount: discounted(l) - l.part_supp().supply_cost * l.quantity,
        })
        .subquery()
        .group_by(|line| (line.nation, line.year))
        .order_by(|g| {
            let (nation, year) = g.key();
            (nation.asc(), year.desc())
        })
        .select(|g| {
            let (nation, year) = g.key();
            ProfitExpr {
                nation,
                year,
                profit: g.sum(|line| line.amount),
            }
        });
    same_as_text(query, include_str!("q09.sql")).await;
}

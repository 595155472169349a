//! Suppliers who kept orders waiting.

use orm::prelude::*;

use crate::tpch::models::{LineItem, LineItemFields, OrderStatus};
use crate::tpch::reference::same_as_text;

#[derive(Row, Debug, PartialEq)]
struct LateSupplier {
    name: String,
    waits: i64,
}

fn is_late(line: LineItemFields) -> Expr<bool> {
    line.receipt_date.gt(line.commit_date)
}

#[tokio::test]
async fn suppliers_who_kept_orders_waiting() {
    let query = LineItem::query()
        .filter(|l| l.supplier().nation().name.eq("UNITED STATES"))
        .filter(|l| l.order().status.eq(OrderStatus::Finished))
        .filter(is_late)
        .filter(|l| {
            let of_others = l
                .order()
                .line_items()
                .filter(|other| other.supplier_key.ne(l.supplier_key));
            of_others.clone().exists() & !of_others.any(is_late)
        })
        .group_by(|l| l.supplier().name)
        .order_by(|g| (g.count().desc(), g.key().asc()))
        .select(|g| LateSupplierExpr {
            name: g.key(),
            waits: g.count(),
        })
        .limit(100);
    same_as_text(query, include_str!("q21.sql")).await;
}

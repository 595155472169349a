//! TPC-H's query 21: which suppliers kept orders waiting, and they alone. Rows of one table stand in three places.

use orm::Fetch;
use orm::prelude::*;

use crate::models::{LineItem, LineItemFields, OrderStatus};

#[derive(Row)]
pub(crate) struct LateSupplier {
    pub(crate) name: String,
    pub(crate) waits: i64,
}

pub(crate) fn query() -> impl Fetch<Row = LateSupplier> + Clone {
    let is_late = |l: LineItemFields| l.receipt_date.gt(l.commit_date);
    LineItem::query()
        .filter(|l| l.supplier().nation().name.eq("UNITED STATES"))
        .filter(|l| l.order().status.eq(OrderStatus::Finished) & is_late(l))
        .filter(|l| {
            let others = l.order().line_items().filter(|o| o.supplier_key.ne(l.supplier_key));
            others.clone().exists() & !others.any(is_late)
        })
        .group_by(|l| l.supplier().name)
        .order_by(|g| (g.count().desc(), g.key().asc()))
        .select(|g| LateSupplierExpr {
            name: g.key(),
            waits: g.count(),
        })
        .limit(100)
}

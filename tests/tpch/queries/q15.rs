//! Top supplier.

use chrono::Months;
use orm::prelude::*;
use rust_decimal::Decimal;

use super::{day, discounted};
use crate::tpch::models::{LineItem, Supplier};
use crate::tpch::reference::same_as_text;

#[derive(Row, Debug, PartialEq)]
struct TopSupplier {
    key: i64,
    name: String,
    address: String,
    phone: String,
    revenue: Option<Decimal>,
}

#[derive(Row)]
struct SupplierRevenue {
    supplier_key: i64,
    total: Option<Decimal>,
}

#[tokio::test]
async fn top_supplier() {
    let start = day(1996, 1, 1);
    let revenues = LineItem::query()
        .filter(|l| l.ship_date.ge(start) & l.ship_date.lt(start + Months::new(3)))
        .group_by(|l| l.supplier_key)
        .select(|g| SupplierRevenueExpr {
            supplier_key: g.key(),
            total: g.sum(discounted),
        })
        .cte();
    let highest = revenues.query().aggregate(|g| g.max(|r| r.total));
    let query = Supplier::query()
        .join(|s| revenues.on(|r| r.supplier_key.eq(s.key)))
        .filter(|(_, r)| r.total.eq(highest.scalar()))
        .order_by(|(s, _)| s.key.asc())
        .select(|(s, r)| TopSupplierExpr {
            key: s.key,
            name: s.name,
            address: s.address,
            phone: s.phone,
            revenue: r.total,
        });
    same_as_text(query, include_str!("q15.sql")).await;
}

//! Parts and supplier relationship.

use orm::prelude::*;

use crate::tpch::models::{PartSupp, Supplier};
use crate::tpch::reference::same_as_text;

#[derive(Row, Debug, PartialEq)]
struct PartSuppliers {
    brand: String,
    kind: String,
    size: i32,
    suppliers: i64,
}

#[tokio::test]
async fn parts_and_supplier_relationship() {
    let complained_of = Supplier::query()
        .filter(|s| s.comment.like("%Customer%Complaints%"))
        .select(|s| s.key);
    let query = PartSupp::query()
        .filter(|ps| ps.part().brand.ne("Brand#45") & !ps.part().kind.starts_with("MEDIUM POLISHED"))
        .filter(|ps| ps.part().size.in_([49, 14, 23, 45, 19, 3, 36, 9]))
        .filter(|ps| ps.supplier_key.not_in(complained_of))
        .group_by(|ps| (ps.part().brand, ps.part().kind, ps.part().size))
        .order_by(|g| {
            let (brand, kind, size) = g.key();
            let suppliers = g.distinct().count_of(|ps| ps.supplier_key);
            (suppliers.desc(), brand.asc(), kind.asc(), size.asc())
        })
        .select(|g| {
            let (brand, kind, size) = g.key();
            PartSuppliersExpr {
                brand,
                kind,
                size,
                suppliers: g.distinct().count_of(|ps| ps.supplier_key),
            }
        });
    same_as_text(query, include_str!("q16.sql")).await;
}

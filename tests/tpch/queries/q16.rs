//! Parts and supplier relationship.

use orm::prelude::*;

use crate::tpch::reference::has_rows;

#[derive(Row, Debug, PartialEq)]
struct PartSuppliers {
    brand: String,
    kind: String,
    size: i32,
    suppliers: i64,
}

#[tokio::test]
async fn parts_and_supplier_relationship() {
    has_rows::<PartSuppliers>(include_str!("q16.sql")).await;
}

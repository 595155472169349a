//! Minimum cost supplier.

use orm::prelude::*;
use rust_decimal::Decimal;

use crate::tpch::models::{PartSupp, PartSuppFields};
use crate::tpch::reference::same_as_text;

#[derive(Row, Debug, PartialEq)]
struct CheapestSupplier {
    account_balance: Decimal,
    supplier: String,
    nation: String,
    part_key: i64,
    manufacturer: String,
    address: String,
    phone: String,
    comment: String,
}

fn is_european(offer: PartSuppFields) -> Expr<bool> {
    offer.supplier().nation().region().name.eq("EUROPE")
}

#[tokio::test]
async fn minimum_cost_supplier() {
    let query = PartSupp::query()
        .filter(|ps| ps.part().size.eq(15) & ps.part().kind.ends_with("BRASS"))
        .filter(is_european)
        .filter(|ps| {
            let offers = ps.part().part_supps().filter(is_european);
            ps.supply_cost.eq(offers.min(|offer| offer.supply_cost))
        })
        .order_by(|ps| {
            let supplier = ps.supplier();
            (
                supplier.account_balance.desc(),
                supplier.nation().name.asc(),
                supplier.name.asc(),
                ps.part_key.asc(),
            )
        })
        .limit(100)
        .select(|ps| CheapestSupplierExpr {
            account_balance: ps.supplier().account_balance,
            supplier: ps.supplier().name,
            nation: ps.supplier().nation().name,
            part_key: ps.part_key,
            manufacturer: ps.part().manufacturer,
            address: ps.supplier().address,
            phone: ps.supplier().phone,
            comment: ps.supplier().comment,
        });
    same_as_text(query, include_str!("q02.sql")).await;
}

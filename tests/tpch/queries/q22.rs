//! Global sales opportunity.

use orm::prelude::*;
use rust_decimal::Decimal;

use crate::tpch::reference::has_rows;

#[derive(Row, Debug, PartialEq)]
struct SleepingCustomers {
    country: String,
    customers: i64,
    balance: Option<Decimal>,
}

#[tokio::test]
async fn global_sales_opportunity() {
    has_rows::<SleepingCustomers>(include_str!("q22.sql")).await;
}

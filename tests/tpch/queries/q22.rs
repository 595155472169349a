//! Global sales opportunity.

use orm::prelude::*;
use rust_decimal::Decimal;

use crate::tpch::models::{Customer, CustomerFields};
use crate::tpch::reference::same_as_text;

#[derive(Row, Debug, PartialEq)]
struct SleepingCustomers {
    country: String,
    customers: i64,
    balance: Option<Decimal>,
}

fn country(customer: CustomerFields) -> Expr<String> {
    customer.phone.substring(1, 2)
}

#[tokio::test]
async fn global_sales_opportunity() {
    let customers = Customer::query().filter(|c| country(c).in_(["13", "31", "23", "29", "30", "18", "17"]));
    let average = customers
        .clone()
        .filter(|c| c.account_balance.gt(0))
        .aggregate(|g| g.avg(|c| c.account_balance));
    let query = customers
        .filter(|c| c.account_balance.gt(average.scalar()) & !c.orders().exists())
        .select(|c| (country(c), c.account_balance))
        .subquery()
        .group_by(|(country, _)| country)
        .order_by(|g| g.key().asc())
        .select(|g| SleepingCustomersExpr {
            country: g.key(),
            customers: g.count(),
            balance: g.sum(|(_, balance)| balance),
        });
    same_as_text(query, include_str!("q22.sql")).await;
}

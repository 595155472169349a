//! Three questions, each asked twice: by a typed query, and in SQL by hand.

use chrono::{Datelike, NaiveDate};
use orm::prelude::*;
use rust_decimal::Decimal;
use tokio_postgres::Client;

use crate::Failure;
use crate::models::{Customer, LineItem, LineItemFields, Order, OrderStatus};

pub(crate) fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default()
}

/// What is paid for a line: its price less the discount, before tax.
pub(crate) fn discounted(line: LineItemFields) -> Expr<Decimal> {
    line.extended_price * (1 - line.discount)
}

/// TPC-H's query 6: what would the revenue have been without small discounts on small quantities?
pub(crate) async fn forecast_revenue_change(db: &Database, by_hand: &Client) -> Result<(), Failure> {
    let mut revenue = Decimal::ZERO;
    let mut lines = 0_u64;
    let mut amounts = LineItem::query()
        .filter(|l| l.ship_date.ge(day(1994, 1, 1)) & l.ship_date.lt(day(1995, 1, 1)))
        .filter(|l| l.discount.between(Decimal::new(5, 2), Decimal::new(7, 2)) & l.quantity.lt(24))
        .select(|l| l.extended_price * l.discount)
        .stream(db);
    while let Some(amount) = amounts.try_next().await? {
        revenue += amount;
        lines += 1;
    }
    println!("Query 6, forecasting revenue change: {revenue} over {lines} lines");

    let row = by_hand
        .query_one(
            "SELECT sum(l_extendedprice * l_discount)::text, count(*) FROM lineitem
             WHERE l_shipdate >= date '1994-01-01' AND l_shipdate < date '1995-01-01'
               AND l_discount BETWEEN 0.05 AND 0.07 AND l_quantity < 24",
            &[],
        )
        .await?;
    let expected: String = row.get(0);
    same("the revenue", &revenue, &expected.parse()?)?;
    same("the number of lines", &lines, &row.get::<_, i64>(1).unsigned_abs())
}

/// A row by names: which orders to call about.
#[derive(Row, Debug, PartialEq)]
struct UrgentOrder {
    key: i64,
    year: i32,
    price: Decimal,
    clerk: String,
}

/// The five largest urgent orders that are still open.
pub(crate) async fn large_urgent_orders(db: &Database, by_hand: &Client) -> Result<(), Failure> {
    let orders: Vec<UrgentOrder> = Order::query()
        .filter(|o| o.status.eq(OrderStatus::Open) & o.priority.starts_with("1-"))
        .order_by(|o| (o.total_price.desc(), o.key.asc()))
        .limit(5)
        .select(|o| UrgentOrderExpr {
            key: o.key,
            year: o.order_date.year(),
            price: o.total_price,
            clerk: o.clerk.replace("Clerk#", "").trim(),
        })
        .all(db)
        .await?;
    println!("\nThe largest urgent orders that are open:");
    for order in &orders {
        println!(
            "  {:>8}  {}  {:>12}  clerk {}",
            order.key, order.year, order.price, order.clerk
        );
    }

    let rows = by_hand
        .query(
            "SELECT o_orderkey, o_orderdate::text, o_totalprice::text, o_clerk FROM orders
             WHERE o_orderstatus = 'O' AND o_orderpriority LIKE '1-%'
             ORDER BY orders.o_totalprice DESC, o_orderkey LIMIT 5",
            &[],
        )
        .await?;
    let mut expected = Vec::new();
    for row in rows {
        expected.push(UrgentOrder {
            key: row.get(0),
            year: row.get::<_, &str>(1).parse::<NaiveDate>()?.year(),
            price: row.get::<_, &str>(2).parse()?,
            clerk: row.get::<_, &str>(3).replace("Clerk#", ""),
        });
    }
    same("the orders", &orders, &expected)
}

/// How many customers of two markets owe more than 900, read page by page.
pub(crate) async fn customers_in_debt(db: &Database, by_hand: &Client) -> Result<(), Failure> {
    let debtors = Customer::query()
        .filter(|c| c.market_segment.in_(["BUILDING", "MACHINERY"]) & c.account_balance.lt(-900))
        .order_by(|c| c.account_balance.asc());
    let count = debtors.clone().count(db).await?;
    let mut keys = Vec::new();
    let mut pages = 0;
    let mut cursor = None;
    loop {
        let page = debtors.clone().page(25, cursor.as_ref(), db).await?;
        pages += 1;
        keys.extend(page.items.iter().map(|customer| customer.key));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    println!("\n{count} customers of two markets owe more than 900, on {pages} pages");

    let rows = by_hand
        .query(
            "SELECT c_custkey FROM customer
             WHERE c_mktsegment IN ('BUILDING', 'MACHINERY') AND c_acctbal < -900
             ORDER BY customer.c_acctbal, c_custkey",
            &[],
        )
        .await?;
    let expected: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
    same("their keys", &keys, &expected)?;
    same("their number", &count, &i64::try_from(expected.len())?)
}

/// An error that says so, if the typed query and the SQL do not agree.
pub(crate) fn same<T: PartialEq + std::fmt::Debug>(what: &str, typed: &T, by_hand: &T) -> Result<(), Failure> {
    if typed == by_hand {
        println!("  {what}: the same by SQL");
        return Ok(());
    }
    Err(format!("{what} differ: {typed:?} by the typed query, {by_hand:?} by SQL").into())
}

//! Customers with their orders with their lines, as nested shapes: written as JSON, read by three statements.

use std::fmt::Display;
use std::io::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use chrono::NaiveDate;
use orm::prelude::*;
use orm::{BoxFuture, RowSink, RowSource, Statement, TransactionOptions};
use rust_decimal::Decimal;
use serde::{Serialize, Serializer};
use tokio_postgres::Client;

use crate::Failure;
use crate::models::{Customer, LineItem, Nation, Order, Part};

#[derive(Shape, Serialize)]
#[orm(of = Customer)]
struct CustomerDocument {
    name: String,
    nation: NationName,
    #[orm(from = account_balance)]
    #[serde(serialize_with = "text")]
    balance: Decimal,
    #[orm(order_by = |o| (o.order_date.asc(), o.key.asc()))]
    orders: Vec<OrderDocument>,
}

#[derive(Shape, Serialize)]
#[orm(of = Nation)]
struct NationName {
    name: String,
}

#[derive(Shape, Serialize)]
#[orm(of = Order)]
struct OrderDocument {
    key: i64,
    #[orm(from = order_date)]
    #[serde(serialize_with = "text")]
    date: NaiveDate,
    #[orm(from = total_price)]
    #[serde(serialize_with = "text")]
    total: Decimal,
    #[orm(from = line_items, order_by = |l| l.line_number.asc())]
    lines: Vec<LineDocument>,
}

#[derive(Shape, Serialize)]
#[orm(of = LineItem)]
struct LineDocument {
    #[serde(serialize_with = "text")]
    quantity: Decimal,
    #[orm(expr = |l| l.extended_price * (value(Decimal::ONE) - l.discount))]
    #[serde(serialize_with = "text")]
    price: Decimal,
    part: PartName,
}

#[derive(Shape, Serialize)]
#[orm(of = Part)]
struct PartName {
    name: String,
}

/// A number with all its digits, which a float would not keep.
fn text<S: Serializer>(value: &impl Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

/// Writes one document for each customer of a nation to a file, and checks their number of lines against SQL.
pub(crate) async fn write(db: &Database, by_hand: &Client) -> Result<(), Failure> {
    let started = Instant::now();
    let counter = Counter {
        db,
        statements: AtomicUsize::new(0),
    };
    let customers: Vec<CustomerDocument> = CustomerDocument::query()
        .filter(|c| c.nation().name.eq("GERMANY"))
        .order_by(|c| c.key.asc())
        .all(&counter)
        .await?;
    let read = started.elapsed();

    let path = std::env::temp_dir().join("tpch-customers.json");
    let mut file = std::io::BufWriter::new(std::fs::File::create(&path)?);
    serde_json::to_writer(&mut file, &customers)?;
    file.flush()?;

    let orders = customers.iter().flat_map(|customer| &customer.orders);
    let (orders, lines) = orders.fold((0, 0), |(orders, lines), order| (orders + 1, lines + order.lines.len()));
    println!("\nCustomers of Germany with their orders with their lines, as nested shapes\n");
    if let Some(first) = customers.iter().find(|customer| !customer.orders.is_empty()) {
        let text = serde_json::to_string_pretty(first)?;
        text.lines().take(24).for_each(|line| println!("    {line}"));
        println!("    …");
    }
    println!(
        "\n{} customers, {orders} orders and {lines} lines by {} statements in {read:.0?}, written to {}",
        customers.len(),
        counter.statements.load(Ordering::Relaxed),
        path.display()
    );
    let row = by_hand
        .query_one(
            "SELECT count(*) FROM lineitem JOIN orders ON o_orderkey = l_orderkey JOIN customer ON c_custkey = o_custkey \
             JOIN nation ON n_nationkey = c_nationkey WHERE n_name = 'GERMANY'",
            &[],
        )
        .await?;
    if usize::try_from(row.get::<_, i64>(0))? != lines {
        return Err("the documents have other lines than SQL finds".into());
    }
    Ok(())
}

/// Counts the statements that are sent.
struct Counter<'a> {
    db: &'a Database,
    statements: AtomicUsize,
}

impl Executor for Counter<'_> {
    fn run<'a>(&'a self, statement: &'a Statement, rows: &'a mut dyn RowSink) -> BoxFuture<'a, Result<u64, Error>> {
        self.statements.fetch_add(1, Ordering::Relaxed);
        self.db.run(statement, rows)
    }

    fn open<'a>(&'a self, statement: Statement) -> BoxFuture<'a, Result<Box<dyn RowSource + 'a>, Error>> {
        self.statements.fetch_add(1, Ordering::Relaxed);
        self.db.open(statement)
    }

    fn copy_in<'a>(&'a self, copy: &'a str, source: &'a mut dyn orm::CopySource) -> BoxFuture<'a, Result<u64, Error>> {
        self.db.copy_in(copy, source)
    }

    fn batch<'a>(&'a self, sql: &'a str) -> BoxFuture<'a, Result<(), Error>> {
        self.db.batch(sql)
    }

    fn begin_with<'a>(&'a self, options: TransactionOptions) -> BoxFuture<'a, Result<Transaction, Error>> {
        Executor::begin_with(self.db, options)
    }
}

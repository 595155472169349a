//! Real input: the eight tables of TPC-H at scale factor 0.1 (867 thousand rows), loaded through derived models with
//! `insert_many`, questions answered by typed queries, two of them TPC-H's own, each checked against the same question in
//! SQL; and documents of nested shapes.
//!
//! `cargo run --release --example tpch`, or with another scale factor: `… --example tpch -- 0.01`.

mod bars;
mod documents;
mod late_suppliers;
mod load;
mod local_supplier_volume;
mod models;
mod questions;
mod reports;
mod rows;

use std::time::Instant;

use indicatif::HumanDuration;
use orm::prelude::*;

type Failure = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let scale = match std::env::args().nth(1) {
        Some(text) => text
            .parse::<f64>()
            .map_err(|_| format!("`{text}` is no scale factor, such as 0.1"))?,
        None => 0.1,
    };
    let server = orm_embedded::TestDatabase::create().await?;
    let db = Database::connect(server.url()).await?;
    orm::create_all(models::TABLES, &db).await?;

    println!("Loading TPC-H at scale factor {scale}");
    let started = Instant::now();
    let rows = load::all(scale, &db, &mut bars::Bars::new()?).await?;
    let took = started.elapsed();
    println!(
        "{rows} rows in {} ({:.0} rows a second)\n",
        HumanDuration(took),
        rows as f64 / took.as_secs_f64()
    );

    // The same questions by hand, over the plain driver.
    let (by_hand, connection) = tokio_postgres::connect(server.url(), tokio_postgres::NoTls).await?;
    tokio::spawn(connection);
    questions::forecast_revenue_change(&db, &by_hand).await?;
    questions::large_urgent_orders(&db, &by_hand).await?;
    questions::customers_in_debt(&db, &by_hand).await?;
    documents::write(&db, &by_hand).await?;
    reports::print(&db, &by_hand).await
}

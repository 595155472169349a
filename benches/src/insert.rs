//! Many structs into a table: in a transaction that is rolled back, so that each round finds the same table.

use std::fmt::Write as _;

use orm::Connection;
use orm::prelude::*;
use tokio_postgres::Client;
use tokio_postgres::Statement;
use tokio_postgres::types::ToSql;

use crate::Result;
use crate::measure::{Clock, Cost, compare};
use crate::model::{self, Item, NewItem};
use crate::report::{Report, Target};
use crate::server::Server;

/// What is compared.
struct Case {
    name: &'static str,
    theirs: &'static str,
    rows: usize,
    /// How many rows each `VALUES` of the hand-written side has.
    rows_of_a_statement: usize,
    /// How many times in a transaction.
    inserts: u32,
    rounds: usize,
    target: f64,
}

const CASES: [Case; 2] = [
    Case {
        name: "insert: 100 structs",
        theirs: "prepared multi-row VALUES",
        rows: 100,
        rows_of_a_statement: 100,
        inserts: 20,
        rounds: 60,
        target: 0.9,
    },
    Case {
        name: "insert: 10,000 structs",
        theirs: "prepared multi-row VALUES of 1,000 rows",
        rows: 10_000,
        rows_of_a_statement: 1_000,
        inserts: 1,
        rounds: 40,
        target: 0.7,
    },
];

pub(crate) async fn run(report: &mut Report, server: &Server) -> Result<()> {
    for case in &CASES {
        if report.wants(case.name) {
            run_case(report, server, case).await?;
        }
    }
    Ok(())
}

async fn run_case(report: &mut Report, server: &Server, case: &Case) -> Result<()> {
    let connection = server.orm_connection().await?;
    let mut client = server.client().await?;
    let prepared = client.prepare(&values(case.rows_of_a_statement)).await?;
    let ours = async || ours(&connection, case).await;
    let theirs = async || theirs(&mut client, &prepared, case).await;
    let comparison = compare(case.rounds, case.inserts, ours, theirs).await?;
    let target = Target {
        wall: Some(case.target),
        cpu: None,
    };
    report.compared(case.name, case.theirs, &comparison, target);
    Ok(())
}

async fn ours(connection: &Connection, case: &Case) -> Result<Cost> {
    let mut cost = Cost::default();
    let transaction = connection.begin().await?;
    for _ in 0..case.inserts {
        let items = model::items(case.rows);
        let clock = Clock::start();
        Item::insert_many(items).execute(&transaction).await?;
        cost += clock.read();
    }
    transaction.rollback().await?;
    connection.batch("TRUNCATE items").await?;
    Ok(cost)
}

async fn theirs(client: &mut Client, prepared: &Statement, case: &Case) -> Result<Cost> {
    let mut cost = Cost::default();
    let transaction = client.transaction().await?;
    for _ in 0..case.inserts {
        let items = model::items(case.rows);
        let clock = Clock::start();
        for items in items.chunks(case.rows_of_a_statement) {
            transaction.execute(prepared, &parameters(items)).await?;
        }
        drop(items);
        cost += clock.read();
    }
    transaction.rollback().await?;
    client.batch_execute("TRUNCATE items").await?;
    Ok(cost)
}

fn values(rows: usize) -> String {
    let mut sql = String::from("INSERT INTO items (owner, title, comment, price, created_at) VALUES ");
    for row in 0..rows {
        let comma = if row == 0 { "" } else { ", " };
        let [a, b, c, d, e] = [1, 2, 3, 4, 5].map(|column| row * 5 + column);
        // Writing to a String cannot fail.
        let _ = write!(sql, "{comma}(${a}, ${b}, ${c}, ${d}, ${e})");
    }
    sql
}

fn parameters(items: &[NewItem]) -> Vec<&(dyn ToSql + Sync)> {
    let mut parameters: Vec<&(dyn ToSql + Sync)> = Vec::with_capacity(items.len() * 5);
    for item in items {
        parameters.extend_from_slice(&[&item.owner, &item.title, &item.comment, &item.price, &item.created_at]);
    }
    parameters
}

//! A short transaction: begin, insert a row, update a row, commit.

use orm::Connection;
use orm::prelude::*;
use tokio_postgres::Client;
use tokio_postgres::types::ToSql;

use crate::Result;
use crate::measure::{Clock, Cost, compare};
use crate::model::{self, Item};
use crate::report::{Report, Target};
use crate::server::Server;

/// Timed, on connections of the round's own, behind some that are not.
const TRANSACTIONS: u32 = 100;
const BEFORE: u32 = 10;
const ROUNDS: usize = 40;

/// How ours ends.
#[derive(Clone, Copy, PartialEq)]
enum End {
    Commit,
    AndCommit,
}

const CASES: [(&str, End, f64); 2] = [
    ("transaction: begin, insert, update, commit", End::Commit, 0.9),
    ("transaction: begin, insert, update and_commit", End::AndCommit, 0.75),
];

pub(crate) async fn run(report: &mut Report, server: &Server) -> Result<()> {
    for (name, end, target) in CASES {
        if !report.wants(name) {
            continue;
        }
        // A server process keeps its own pace: each round has new ones.
        let theirs = async || theirs(&mut server.client().await?).await;
        let ours = async || ours(&server.orm_connection().await?, end).await;
        let comparison = compare(ROUNDS, TRANSACTIONS, ours, theirs).await?;
        let target = Target {
            wall: Some(target),
            cpu: None,
        };
        report.compared(name, "client.transaction(), prepared statements", &comparison, target);
        server.client().await?.batch_execute("TRUNCATE items").await?;
    }
    Ok(())
}

async fn ours(connection: &Connection, end: End) -> Result<Cost> {
    let mut clock = Clock::start();
    for (n, item) in (0..).zip(model::items((BEFORE + TRANSACTIONS) as usize)) {
        if n == BEFORE {
            clock = Clock::start();
        }
        let tx = connection.begin().await?;
        Item::insert(item).execute(&tx).await?;
        let update = Item::query().filter(|i| i.id.eq(1)).update(|i| i.price.set(2.5));
        match end {
            End::Commit => {
                update.execute(&tx).await?;
                tx.commit().await?;
            }
            End::AndCommit => drop(update.execute(&tx.and_commit()).await?),
        }
    }
    Ok(clock.read())
}

async fn theirs(client: &mut Client) -> Result<Cost> {
    let insert = "INSERT INTO items (owner, title, comment, price, created_at) VALUES ($1, $2, $3, $4, $5)";
    let insert = client.prepare(insert).await?;
    let update = client.prepare("UPDATE items SET price = $1 WHERE id = $2").await?;
    let mut clock = Clock::start();
    for (n, item) in (0..).zip(model::items((BEFORE + TRANSACTIONS) as usize)) {
        if n == BEFORE {
            clock = Clock::start();
        }
        let tx = client.transaction().await?;
        let values: [&(dyn ToSql + Sync); 5] =
            [&item.owner, &item.title, &item.comment, &item.price, &item.created_at];
        tx.execute(&insert, &values).await?;
        tx.execute(&update, &[&2.5_f64, &1_i64]).await?;
        tx.commit().await?;
    }
    Ok(clock.read())
}

//! Ten thousand rows of ten columns into structs.

use std::hint::black_box;

use orm::prelude::*;
use tokio_postgres::Row as PgRow;

use crate::Result;
use crate::measure::{Clock, compare};
use crate::model::{self, Reading};
use crate::report::{Report, Target};
use crate::server::Server;

const ROWS: usize = 10_000;
const QUERIES: u32 = 4;
const ROUNDS: usize = 60;
const SQL: &str = "SELECT id, sensor, kind, place, note, unit, valid, value, quality, taken_at FROM readings";

pub(crate) async fn run(report: &mut Report, server: &Server) -> Result<()> {
    let name = "select rows: 10,000 × 10 columns";
    if !report.wants(name) {
        return Ok(());
    }
    let connection = server.orm_connection().await?;
    Reading::insert_many(model::readings(ROWS)).execute(&connection).await?;
    connection.batch("VACUUM ANALYZE readings").await?;
    let client = server.client().await?;
    let prepared = client.prepare(SQL).await?;
    let ours = async || {
        let clock = Clock::start();
        for _ in 0..QUERIES {
            black_box(Reading::query().all(&connection).await?);
        }
        Ok(clock.read())
    };
    let theirs = async || {
        let clock = Clock::start();
        for _ in 0..QUERIES {
            let rows = client.query(&prepared, &[]).await?;
            black_box(rows.iter().map(by_index).collect::<Vec<_>>());
        }
        Ok(clock.read())
    };
    let comparison = compare(ROUNDS, QUERIES, ours, theirs).await?;
    let target = Target {
        wall: Some(0.90),
        cpu: Some(0.80),
    };
    report.compared(name, "`query(&prepared)`, columns by index", &comparison, target);
    Ok(())
}

fn by_index(row: &PgRow) -> Reading {
    Reading {
        id: row.get(0),
        sensor: row.get(1),
        kind: row.get(2),
        place: row.get(3),
        note: row.get(4),
        unit: row.get(5),
        valid: row.get(6),
        value: row.get(7),
        quality: row.get(8),
        taken_at: row.get(9),
    }
}

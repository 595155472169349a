//! One row by its primary key.

use std::hint::black_box;

use orm::prelude::*;
use tokio_postgres::Row as PgRow;

use crate::Result;
use crate::measure::{Clock, compare};
use crate::model::{self, User};
use crate::report::{Report, Target};
use crate::server::Server;

const USERS: usize = 1_000;
const QUERIES: u32 = 500;
const ROUNDS: usize = 60;
const SQL: &str = "SELECT id, email, name, age, nickname, created_at FROM users WHERE id = $1";

pub(crate) async fn run(report: &mut Report, server: &Server) -> Result<()> {
    let (held, pooled) = ("select by key: one connection", "select by key: from the pool");
    let (wants_held, wants_pooled) = (report.wants(held), report.wants(pooled));
    if !wants_held && !wants_pooled {
        return Ok(());
    }
    let db = server.orm().await?;
    User::insert_many(model::users(USERS)).execute(&db).await?;
    db.batch("VACUUM ANALYZE users").await?;
    if wants_held {
        one_connection(report, server, held).await?;
    }
    if wants_pooled {
        from_the_pool(report, server, pooled).await?;
    }
    Ok(())
}

async fn one_connection(report: &mut Report, server: &Server, name: &str) -> Result<()> {
    let connection = server.orm_connection().await?;
    let client = server.client().await?;
    let prepared = client.prepare(SQL).await?;
    let ours = async || {
        let clock = Clock::start();
        for id in ids() {
            black_box(User::find(id).first(&connection).await?);
        }
        Ok(clock.read())
    };
    let theirs = async || {
        let clock = Clock::start();
        for id in ids() {
            black_box(client.query_opt(&prepared, &[&id]).await?.map(|row| by_index(&row)));
        }
        Ok(clock.read())
    };
    let comparison = compare(ROUNDS, QUERIES, ours, theirs).await?;
    let target = Target {
        wall: Some(1.05),
        cpu: Some(1.15),
    };
    report.compared(name, "`query_opt(&prepared)`, columns by index", &comparison, target);
    Ok(())
}

async fn from_the_pool(report: &mut Report, server: &Server, name: &str) -> Result<()> {
    let db = server.orm().await?;
    let pool = server.deadpool().await?;
    let ours = async || {
        let clock = Clock::start();
        for id in ids() {
            black_box(User::find(id).first(&db).await?);
        }
        Ok(clock.read())
    };
    let theirs = async || {
        let clock = Clock::start();
        for id in ids() {
            let client = pool.get().await?;
            let prepared = client.prepare_cached(SQL).await?;
            black_box(client.query_opt(&prepared, &[&id]).await?.map(|row| by_index(&row)));
        }
        Ok(clock.read())
    };
    let comparison = compare(ROUNDS, QUERIES, ours, theirs).await?;
    let theirs = "deadpool-postgres `get`, `prepare_cached`, `query_opt`";
    report.compared(name, theirs, &comparison, Target::default());
    Ok(())
}

/// The keys of one round, in an order that is no order.
fn ids() -> impl Iterator<Item = i64> {
    (0..i64::from(QUERIES)).map(|number| number * 389 % USERS as i64 + 1)
}

pub(crate) fn by_index(row: &PgRow) -> User {
    User {
        id: row.get(0),
        email: row.get(1),
        name: row.get(2),
        age: row.get(3),
        nickname: row.get(4),
        created_at: row.get(5),
    }
}

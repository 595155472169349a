//! Ten thousand tasks that want one of ten connections at the same time.

use std::hint::black_box;

use orm::prelude::*;

use crate::Result;
use crate::measure::{Clock, compare};
use crate::model::{self, User};
use crate::report::{Report, Target};
use crate::select_by_key::by_index;
use crate::server::Server;

const USERS: usize = 1_000;
const WAITERS: u32 = 10_000;
const CONNECTIONS: usize = 10;
const ROUNDS: usize = 20;
const SQL: &str = "SELECT id, email, name, age, nickname, created_at FROM users WHERE id = $1";
const TARGET: Target = Target {
    wall: Some(1.5),
    cpu: None,
};

pub(crate) async fn run(report: &mut Report, server: &Server) -> Result<()> {
    let (bare, select) = (
        "10,000 waiters: a connection each",
        "10,000 waiters: a connection and a select by key",
    );
    let (wants_bare, wants_select) = (report.wants(bare), report.wants(select));
    if !wants_bare && !wants_select {
        return Ok(());
    }
    let db = server.orm().await?;
    db.batch("TRUNCATE users").await?;
    User::insert_many(model::users(USERS)).execute(&db).await?;
    db.batch("VACUUM ANALYZE users").await?;
    if wants_bare {
        nothing_to_do(report, server, bare).await?;
    }
    if wants_select {
        select_by_key(report, server, select).await?;
    }
    Ok(())
}

/// What the queue costs, and what is looked at when a connection is lent out and given back.
async fn nothing_to_do(report: &mut Report, server: &Server, name: &str) -> Result<()> {
    let db = server.orm_of(CONNECTIONS).await?;
    let pool = server.deadpool_of(CONNECTIONS)?;
    let ours = async || {
        at_once(|_| {
            let db = db.clone();
            async move {
                let connection = db.connection().await.map_err(|error| error.to_string())?;
                tokio::task::yield_now().await;
                drop(connection);
                Ok(())
            }
        })
        .await
    };
    let theirs = async || {
        at_once(|_| {
            let pool = pool.clone();
            async move {
                let client = pool.get().await.map_err(|error| error.to_string())?;
                tokio::task::yield_now().await;
                drop(client);
                Ok(())
            }
        })
        .await
    };
    let comparison = compare(ROUNDS, WAITERS, ours, theirs).await?;
    report.compared(name, "deadpool-postgres, `get`", &comparison, TARGET);
    Ok(())
}

async fn select_by_key(report: &mut Report, server: &Server, name: &str) -> Result<()> {
    let db = server.orm_of(CONNECTIONS).await?;
    let pool = server.deadpool_of(CONNECTIONS)?;
    let ours = async || {
        at_once(|id| {
            let db = db.clone();
            async move {
                let connection = db.connection().await.map_err(|error| error.to_string())?;
                let user = User::find(id).first(&connection).await;
                black_box(user.map_err(|error| error.to_string())?);
                Ok(())
            }
        })
        .await
    };
    let theirs = async || {
        at_once(|id| {
            let pool = pool.clone();
            async move {
                let client = pool.get().await.map_err(|error| error.to_string())?;
                let prepared = client.prepare_cached(SQL).await.map_err(|error| error.to_string())?;
                let row = client.query_opt(&prepared, &[&id]).await;
                black_box(row.map_err(|error| error.to_string())?.map(|row| by_index(&row)));
                Ok(())
            }
        })
        .await
    };
    let comparison = compare(ROUNDS, WAITERS, ours, theirs).await?;
    let theirs = "deadpool-postgres `get`, `prepare_cached`, `query_opt`";
    report.compared(name, theirs, &comparison, TARGET);
    Ok(())
}

/// Runs a task for each waiter, all begun before the first has ended.
async fn at_once<F>(task: impl Fn(i64) -> F) -> Result<crate::measure::Cost>
where
    F: Future<Output = std::result::Result<(), String>> + Send + 'static,
{
    let clock = Clock::start();
    let tasks: Vec<_> = (0..i64::from(WAITERS))
        .map(|waiter| tokio::spawn(task(waiter * 389 % USERS as i64 + 1)))
        .collect();
    for task in tasks {
        task.await??;
    }
    Ok(clock.read())
}

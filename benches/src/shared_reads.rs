//! Many tasks that select by key through one pool at the same time.

use std::hint::black_box;
use std::sync::Arc;

use orm::prelude::*;

use crate::Result;
use crate::measure::{Clock, compare};
use crate::model::{self, User};
use crate::report::{Report, Target};
use crate::select_by_key::by_index;
use crate::server::Server;

const USERS: usize = 1_000;
const TASKS: u32 = 64;
const QUERIES: u32 = 25;
const ROUNDS: usize = 30;
const SQL: &str = "SELECT id, email, name, age, nickname, created_at FROM users WHERE id = $1";

pub(crate) async fn run(report: &mut Report, server: &Server) -> Result<()> {
    let name = "select by key: 64 tasks at once";
    if !report.wants(name) {
        return Ok(());
    }
    let db = server.orm().await?;
    db.batch("TRUNCATE users").await?;
    User::insert_many(model::users(USERS)).execute(&db).await?;
    db.batch("VACUUM ANALYZE users").await?;
    let pool = Arc::new(server.deadpool().await?);
    let ours = async || {
        let clock = Clock::start();
        let tasks: Vec<_> = (0..TASKS)
            .map(|task| {
                let db = db.clone();
                tokio::spawn(async move {
                    for id in ids(task) {
                        black_box(User::find(id).first(&db).await?);
                    }
                    Ok::<_, orm::Error>(())
                })
            })
            .collect();
        for task in tasks {
            task.await??;
        }
        Ok(clock.read())
    };
    let theirs = async || {
        let clock = Clock::start();
        let tasks: Vec<_> = (0..TASKS)
            .map(|task| {
                let pool = Arc::clone(&pool);
                tokio::spawn(async move {
                    for id in ids(task) {
                        let client = pool.get().await.map_err(|error| error.to_string())?;
                        let prepared = client.prepare_cached(SQL).await.map_err(|error| error.to_string())?;
                        let row = client
                            .query_opt(&prepared, &[&id])
                            .await
                            .map_err(|error| error.to_string())?;
                        black_box(row.map(|row| by_index(&row)));
                    }
                    Ok::<_, String>(())
                })
            })
            .collect();
        for task in tasks {
            task.await??;
        }
        Ok(clock.read())
    };
    let comparison = compare(ROUNDS, TASKS * QUERIES, ours, theirs).await?;
    let target = Target {
        wall: Some(1.0 / 1.8),
        cpu: None,
    };
    report.compared(
        name,
        "deadpool-postgres: a checkout for each query",
        &comparison,
        target,
    );
    Ok(())
}

fn ids(task: u32) -> impl Iterator<Item = i64> {
    (0..QUERIES).map(move |number| i64::from(task * QUERIES + number) * 389 % USERS as i64 + 1)
}

//! A query with a filter, an order and a limit, built once.

use std::hint::black_box;

use orm::prelude::*;
use orm::{Prepared, Query};

use crate::Result;
use crate::measure::{Clock, Cost, compare};
use crate::model::{self, User};
use crate::report::{Report, Target};
use crate::server::Server;

const USERS: usize = 1_000;
const QUERIES: u32 = 300;
const ROUNDS: usize = 60;
static NEXT: Prepared<(i64, String), Query<User>> = Prepared::new(|(id, name)| {
    let query = User::query().filter(|u| u.id.ge(id) & u.name.gt(name));
    query.order_by(|u| u.id.asc()).limit(3)
});

pub(crate) async fn run(report: &mut Report, server: &Server) -> Result<()> {
    let name = "prepared query: filter, order, limit";
    if !report.wants(name) {
        return Ok(());
    }
    let db = server.orm().await?;
    User::query().all_rows().delete().execute(&db).await?;
    User::insert_many(model::users(USERS)).execute(&db).await?;
    db.batch("VACUUM ANALYZE users").await?;
    // The same text, so that the server does the same.
    let text = NEXT.bind((0, "A")).to_sql()?.text;
    // A server process keeps its pace for as long as it lives, and some are twice as fast as others: so each round has
    // connections of its own. And each would decide by its own first runs whether to plan anew each time.
    let generic = "SET plan_cache_mode = force_generic_plan";
    let ours = async || {
        let connection = server.orm_connection().await?;
        connection.batch(generic).await?;
        let mut cost = Cost::default();
        for warm in [true, false] {
            let clock = Clock::start();
            for id in ids() {
                black_box(NEXT.bind((id, "A")).all(&connection).await?);
            }
            cost += if warm { Cost::default() } else { clock.read() };
        }
        Ok(cost)
    };
    let theirs = async || {
        let client = server.client().await?;
        client.batch_execute(generic).await?;
        let prepared = client.prepare(&text).await?;
        let mut cost = Cost::default();
        for warm in [true, false] {
            let clock = Clock::start();
            for id in ids() {
                let rows = client.query(&prepared, &[&id, &"A", &3_i64]).await?;
                black_box(rows.iter().map(crate::select_by_key::by_index).collect::<Vec<User>>());
            }
            cost += if warm { Cost::default() } else { clock.read() };
        }
        Ok(cost)
    };
    let comparison = compare(ROUNDS, QUERIES, ours, theirs).await?;
    let target = Target {
        wall: Some(1.03),
        cpu: None,
    };
    report.compared(name, "`query(&prepared)`, columns by index", &comparison, target);
    Ok(())
}

fn ids() -> impl Iterator<Item = i64> {
    (0..i64::from(QUERIES)).map(|number| number * 3 % USERS as i64)
}

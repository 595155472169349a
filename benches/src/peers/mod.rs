//! The same graph, loaded by the libraries that people use for it.
//!
//! Only with the feature `peers`: their dependencies take some minutes to compile.

mod asyncpg;
mod diesel;
mod sea_orm;
mod sqlx;
mod summary;

use ::orm::Connection;

use crate::Result;
use crate::loads::{ROUNDS, load};
use crate::measure::{Cost, compare, timed};
use crate::report::{Report, Target};
use crate::server::Server;
use summary::{Graph, Summary};

/// One who loads, on a connection of its own.
trait Peer {
    /// What stands in the table.
    const WHAT: &'static str;

    /// What is in the graph that it loads.
    async fn summary(&mut self) -> Result<Summary>;

    /// What it costs to load the graph and to drop it.
    async fn cost(&mut self) -> Result<Cost>;
}

pub(crate) async fn run(report: &mut Report, name: &str, server: &Server, ours: &Connection) -> Result<()> {
    let expected = Summary::of(
        &load(ours).await?,
        |author| (author.id, [&author.email, &author.name]),
        |article| (article.id, &article.title, article.score),
        |remark| (remark.id, &remark.text),
    );
    let url = server.url();
    let mut beside = Beside {
        report,
        name,
        ours,
        expected,
    };
    beside.measure(diesel::Diesel::connect(url).await?).await?;
    beside.measure(sqlx::Sqlx::connect(url).await?).await?;
    beside.measure(sea_orm::EntityLoader::connect(url).await?).await?;
    beside.measure(sea_orm::LoadMany::connect(url).await?).await?;
    match asyncpg::Asyncpg::start(url) {
        Ok(asyncpg) => beside.measure(asyncpg).await?,
        Err(error) => eprintln!("not compared with asyncpg: {error}"),
    }
    Ok(())
}

/// What all are compared with.
struct Beside<'r> {
    report: &'r mut Report,
    name: &'r str,
    ours: &'r Connection,
    expected: Summary,
}

impl Beside<'_> {
    async fn measure<P: Peer>(&mut self, mut peer: P) -> Result<()> {
        assert_eq!(peer.summary().await?, self.expected, "{} loads the same", P::WHAT);
        let ours = async || timed(load(self.ours)).await;
        let comparison = compare(ROUNDS, 1, ours, async || peer.cost().await).await?;
        let target = Target {
            wall: Some(1.0),
            cpu: None,
        };
        self.report.compared(self.name, P::WHAT, &comparison, target);
        Ok(())
    }
}

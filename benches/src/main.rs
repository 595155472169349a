//! The orm side by side with hand-written tokio-postgres, on one server, in one run: ratios, not times.
//!
//! `cargo run --release` runs everything; `cargo run --release -- rows insert` only what has one of these words in its
//! name. See the README beside it for what is compared and why that is fair.

mod build;
mod compile_time;
mod insert;
mod loads;
mod measure;
mod memory;
mod model;
#[cfg(feature = "peers")]
mod peers;
mod pool;
mod prepared;
mod report;
mod select_by_key;
mod select_rows;
mod server;
mod shared_reads;
mod transaction;

use report::{Filter, Report};
use server::Server;

/// What a benchmark gives.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

// One thread for everything: no wake-ups across threads, whose cost changes from run to run and would hide the
// difference that is measured.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    if memory::child().await? {
        return Ok(());
    }
    let filter = Filter::from_arguments();
    let server = Server::start().await?;
    println!("{}\n", server.description().await?);

    let mut report = Report::new(filter);
    build::run(&mut report);
    select_by_key::run(&mut report, &server).await?;
    shared_reads::run(&mut report, &server).await?;
    pool::run(&mut report, &server).await?;
    prepared::run(&mut report, &server).await?;
    select_rows::run(&mut report, &server).await?;
    insert::run(&mut report, &server).await?;
    transaction::run(&mut report, &server).await?;
    loads::run(&mut report, &server).await?;
    memory::run(&mut report, &server).await?;
    compile_time::run(&mut report).await?;
    println!("{report}");
    Ok(())
}

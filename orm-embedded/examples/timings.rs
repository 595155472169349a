//! Prints how long a server, a database and a copy of a template take on this machine.
//!
//! `cargo run --example timings`

use std::time::Instant;

use orm_embedded::{Error, Server};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let start = Instant::now();
    let server = Server::start().await?;
    println!("server       {:>9.1?}", start.elapsed());

    let mut databases = Vec::new();
    for _ in 0..10 {
        let start = Instant::now();
        databases.push(server.create_database().await?);
        println!("database     {:>9.1?}", start.elapsed());
    }

    let start = Instant::now();
    let template = server.template("timings", async |_url| Ok(())).await?;
    println!("template     {:>9.1?}", start.elapsed());
    let start = Instant::now();
    let _copy = server.create_database_from(&template).await?;
    println!("its copy     {:>9.1?}", start.elapsed());
    Ok(())
}

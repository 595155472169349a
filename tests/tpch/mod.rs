//! The 22 queries of TPC-H: each result must equal, row by row, that of the benchmark's own SQL on the same data.
//!
//! `queries/q01.sql` is the text, with the parameters that the specification validates with, or, where these find
//! nothing in data this small, others that it allows. `queries/q01.rs` is the row, and the query that gives it.

#[path = "../../examples/tpch/load.rs"]
mod load;
#[path = "../../examples/tpch/models.rs"]
mod models;
#[path = "../../examples/tpch/rows.rs"]
mod rows;

mod queries;
mod reference;

use orm::prelude::*;
use orm_embedded::{SetupError, TestDatabase};

use models::Supplier;

/// 86,805 rows.
const SCALE: f64 = 0.01;

/// A copy of the loaded tables.
struct Tables {
    db: Database,
    _server: TestDatabase,
}

impl Tables {
    /// Loaded by the first test that asks; all others wait for it.
    async fn open() -> Self {
        // Boxed: the batches' futures in it nest too deep for rustc's limit.
        let server = TestDatabase::from_template("tpch", async |url| Box::pin(load(url)).await);
        let server = server.await.expect("the tables load");
        let db = Database::connect(server.url()).await.expect("the database accepts");
        Self { db, _server: server }
    }
}

async fn load(url: &str) -> Result<(), SetupError> {
    let db = Database::connect(url).await?;
    orm::create_all(models::TABLES, &db).await?;
    load::all(SCALE, &db, &mut Quiet).await?;
    // Query 16 leaves such suppliers out. The generator writes five in 10,000, and none among the first 100.
    let complained_of = Supplier::query().filter(|s| s.key.eq(58));
    complained_of
        .update(|s| s.comment.set("even Customer deposits wake; Complaints"))
        .execute(&db)
        .await?;
    db.batch("ANALYZE").await?;
    Ok(())
}

struct Quiet;

impl load::Progress for Quiet {
    fn begin(&mut self, _: &'static str, _: i64) {}
    fn stored(&mut self, _: u64) {}
    fn end(&mut self) {}
}

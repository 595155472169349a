//! Generating rows and storing them in batches. The tests load the same tables.

use orm::prelude::*;
use tpchgen::generators as tpch;

use super::models::*;
use super::rows;

/// Rows of one `insert_many`: large enough for COPY.
const BATCH: usize = 20_000;

/// What is told about the tables while they are loaded.
pub(crate) trait Progress {
    /// A table's turn has come; `about` is how many rows it will have.
    fn begin(&mut self, table: &'static str, about: i64);
    /// That many rows of it are stored by now.
    fn stored(&mut self, rows: u64);
    /// All of them are.
    fn end(&mut self);
}

/// Loads all tables, those that others point to first; gives the number of rows.
pub(crate) async fn all(scale: f64, db: &Database, progress: &mut dyn Progress) -> Result<u64, Error> {
    let mut loader = Loader { db, progress, rows: 0 };
    let regions = tpch::RegionGenerator::new(scale, 1, 1);
    loader.load::<Region, _>(regions.iter().map(rows::region), 5).await?;
    let nations = tpch::NationGenerator::new(scale, 1, 1);
    loader.load::<Nation, _>(nations.iter().map(rows::nation), 25).await?;
    let parts = tpch::PartGenerator::new(scale, 1, 1);
    let count = tpch::PartGenerator::calculate_row_count(scale, 1, 1);
    loader.load::<Part, _>(parts.iter().map(rows::part), count).await?;
    let suppliers = tpch::SupplierGenerator::new(scale, 1, 1);
    let count = tpch::SupplierGenerator::calculate_row_count(scale, 1, 1);
    loader
        .load::<Supplier, _>(suppliers.iter().map(rows::supplier), count)
        .await?;
    let part_supps = tpch::PartSuppGenerator::new(scale, 1, 1);
    let count = tpch::PartSuppGenerator::calculate_row_count(scale, 1, 1) * 4;
    loader
        .load::<PartSupp, _>(part_supps.iter().map(rows::part_supp), count)
        .await?;
    let customers = tpch::CustomerGenerator::new(scale, 1, 1);
    let count = tpch::CustomerGenerator::calculate_row_count(scale, 1, 1);
    loader
        .load::<Customer, _>(customers.iter().map(rows::customer), count)
        .await?;
    let orders = tpch::OrderGenerator::new(scale, 1, 1);
    let count = tpch::OrderGenerator::calculate_row_count(scale, 1, 1);
    loader.load::<Order, _>(orders.iter().map(rows::order), count).await?;
    let lines = tpch::LineItemGenerator::new(scale, 1, 1);
    loader
        .load::<LineItem, _>(lines.iter().map(rows::line_item), count * 4)
        .await?;
    Ok(loader.rows)
}

struct Loader<'a> {
    db: &'a Database,
    progress: &'a mut dyn Progress,
    rows: u64,
}

impl Loader<'_> {
    /// Stores the rows of one table in batches.
    async fn load<M, I>(&mut self, rows: impl Iterator<Item = I>, about: i64) -> Result<(), Error>
    where
        M: TableModel,
        I: IntoInsert<M>,
    {
        self.progress.begin(M::TABLE.name, about);
        let mut rows = rows.peekable();
        let mut stored = 0;
        while rows.peek().is_some() {
            let batch: Vec<I> = rows.by_ref().take(BATCH).collect();
            stored += M::insert_many(batch).execute(self.db).await?;
            self.progress.stored(stored);
        }
        self.progress.end();
        self.rows += stored;
        Ok(())
    }
}

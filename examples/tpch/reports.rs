//! Two of TPC-H's own queries, as tables, each beside the typed query that gave it and the SQL that was sent. (All 22 are
//! in `tests/tpch`.)

use std::iter::once;

use orm::Fetch;
use orm::prelude::*;
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::{Failure, late_suppliers, local_supplier_volume, questions};

struct Report<const WIDTH: usize> {
    title: &'static str,
    /// The file of the query.
    source: &'static str,
    headings: [&'static str; WIDTH],
    /// The benchmark's text.
    by_hand: &'static str,
}

pub(crate) async fn print(db: &Database, by_hand: &Client) -> Result<(), Failure> {
    let report = Report {
        title: "Query 5, local supplier volume",
        source: include_str!("local_supplier_volume.rs"),
        headings: ["nation", "revenue"],
        by_hand: include_str!("../../tests/tpch/queries/q05.sql"),
    };
    let query = local_supplier_volume::query();
    let cells = |row: local_supplier_volume::NationRevenue| [row.nation, row.revenue.unwrap_or_default().to_string()];
    report.print(query, cells, db, by_hand).await?;

    let report = Report {
        title: "Query 21, suppliers who kept orders waiting",
        source: include_str!("late_suppliers.rs"),
        headings: ["supplier", "orders"],
        by_hand: include_str!("../../tests/tpch/queries/q21.sql"),
    };
    let query = late_suppliers::query();
    let cells = |row: late_suppliers::LateSupplier| [row.name, row.waits.to_string()];
    report.print(query, cells, db, by_hand).await
}

impl<const WIDTH: usize> Report<WIDTH> {
    async fn print<Q>(
        &self,
        query: Q,
        cells: impl FnMut(Q::Row) -> [String; WIDTH],
        db: &Database,
        by_hand: &Client,
    ) -> Result<(), Failure>
    where
        Q: Fetch<Row: Send> + Clone,
    {
        println!("\n{}\n", self.title);
        let body = self.source.lines().skip_while(|line| !line.contains("fn query()"));
        body.for_each(|line| println!("    {line}"));
        println!("\n{}\n", query.clone().to_sql()?);
        let rows: Vec<[String; WIDTH]> = query.all(db).await?.into_iter().map(cells).collect();
        self.table(&rows);
        let expected = by_hand.simple_query(self.by_hand).await?;
        let expected: Vec<[String; WIDTH]> = expected.iter().filter_map(texts).collect();
        questions::same("the rows", &rows, &expected)
    }

    /// The first rows under their headings, numbers to the right.
    fn table(&self, rows: &[[String; WIDTH]]) {
        const MOST: usize = 10;
        let headings = self.headings.map(str::to_owned);
        let shown = &rows[..rows.len().min(MOST)];
        let width = |at: usize| once(&headings).chain(shown).map(|row| row[at].len()).max().unwrap_or(0);
        let widths: [usize; WIDTH] = std::array::from_fn(width);
        for row in once(&headings).chain(shown) {
            let cells = row.iter().zip(widths).enumerate().map(|(at, (cell, width))| match at {
                0 => format!("{cell:width$}"),
                _ => format!("{cell:>width$}"),
            });
            println!("  {}", cells.collect::<Vec<_>>().join("  "));
        }
        if rows.len() > MOST {
            println!("  … and {} more", rows.len() - MOST);
        }
    }
}

fn texts<const WIDTH: usize>(message: &SimpleQueryMessage) -> Option<[String; WIDTH]> {
    let SimpleQueryMessage::Row(row) = message else {
        return None;
    };
    Some(std::array::from_fn(|at| row.get(at).unwrap_or_default().to_owned()))
}

//! Comparing a typed query with a text: the columns' types, the rows as the program reads them, and every byte of them.

use std::borrow::Cow;
use std::fmt::Debug;

use orm::prelude::*;
use orm::{Columns, Fetch, FromRow, ResultColumn, ResultType, Row, RowSink, Statement};

use super::Tables;

/// What a statement gave.
struct Answer<R> {
    types: Vec<ResultType>,
    rows: Vec<R>,
    /// The same rows as the server sent them: of a `numeric` also the scale, which `Decimal` does not compare.
    cells: Vec<Vec<Option<Vec<u8>>>>,
}

impl<R: FromRow + Send> RowSink for Answer<R> {
    fn columns(&mut self, columns: &[ResultColumn]) -> Result<(), Error> {
        assert_eq!(columns.len(), R::WIDTH, "as many columns as the row type has");
        self.types = columns.iter().map(|column| column.ty.clone()).collect();
        R::check(&mut Columns::new(columns))
    }

    fn row(&mut self, row: &Row<'_>) -> Result<(), Error> {
        self.rows.push(R::from_row(row, 0)?);
        let cells = (0..R::WIDTH).map(|at| row.cells::<1>(at)[0].map(<[u8]>::to_vec));
        self.cells.push(cells.collect());
        Ok(())
    }
}

impl<R> Answer<R> {
    /// Two queries also agree where neither finds anything, and then a sum is NULL.
    fn says_something(&self) {
        let mut cells = self.cells.iter().flatten();
        assert!(cells.any(Option::is_some), "an empty result proves nothing");
    }
}

async fn answer<R: FromRow + Send>(statement: &Statement, db: &Database) -> Answer<R> {
    let mut answer = Answer {
        types: Vec::new(),
        rows: Vec::new(),
        cells: Vec::new(),
    };
    match db.run(statement, &mut answer).await {
        Ok(_) => answer,
        Err(error) => panic!("{error}\n{statement}"),
    }
}

fn text_statement(text: &'static str) -> Statement {
    Statement {
        text: Cow::Borrowed(text),
        params: Vec::new(),
        operation: "SELECT",
        table: None,
        place: None,
        only_reads: false,
        options: None,
    }
}

/// Asserts that the query gives what the text gives: the same types, the same rows in the same order, and some.
pub(super) async fn same_as_text<Q>(query: Q, text: &'static str)
where
    Q: Fetch<Row: Debug + PartialEq + Send>,
{
    let tables = Tables::open().await;
    let typed_statement = query.to_sql().expect("the query can be written");
    let typed = answer::<Q::Row>(&typed_statement, &tables.db).await;
    let expected = answer::<Q::Row>(&text_statement(text), &tables.db).await;
    expected.says_something();
    assert_eq!(typed.types, expected.types, "the columns' types\n{typed_statement}");
    for (at, (typed, expected)) in typed.rows.iter().zip(&expected.rows).enumerate() {
        assert_eq!(typed, expected, "row {at}\n{typed_statement}");
    }
    assert_eq!(
        typed.rows.len(),
        expected.rows.len(),
        "the number of rows\n{typed_statement}"
    );
    for (at, (typed, expected)) in typed.cells.iter().zip(&expected.cells).enumerate() {
        assert_eq!(typed, expected, "the bytes of row {at}\n{typed_statement}");
    }
}

mod tests {
    //! That the comparison sees a difference.

    use orm::prelude::*;

    use super::super::models::{Nation, Part};
    use super::same_as_text;

    #[tokio::test]
    async fn equal_results_are_equal() {
        let nations = Nation::query().order_by(|n| n.name.desc()).select(|n| (n.key, n.name));
        same_as_text(nations, "SELECT n_nationkey, n_name FROM nation ORDER BY n_name DESC").await;
    }

    #[tokio::test]
    #[should_panic(expected = "row 0")]
    async fn another_order_is_seen() {
        let nations = Nation::query().order_by(|n| n.name.desc()).select(|n| (n.key, n.name));
        same_as_text(nations, "SELECT n_nationkey, n_name FROM nation ORDER BY n_name").await;
    }

    #[tokio::test]
    #[should_panic(expected = "the number of rows")]
    async fn a_missing_row_is_seen() {
        let nations = Nation::query().order_by(|n| n.key.asc()).limit(24).select(|n| n.key);
        same_as_text(nations, "SELECT n_nationkey FROM nation ORDER BY n_nationkey").await;
    }

    #[tokio::test]
    #[should_panic(expected = "the database, but the program reads it as")]
    async fn another_type_is_seen() {
        let nations = Nation::query().order_by(|n| n.key.asc()).select(|n| n.key);
        same_as_text(nations, "SELECT n_nationkey::int4 FROM nation ORDER BY n_nationkey").await;
    }

    #[tokio::test]
    #[should_panic(expected = "the bytes of row 0")]
    async fn another_scale_is_seen() {
        let prices = Part::query().filter(|p| p.key.eq(1)).select(|p| p.retail_price);
        same_as_text(
            prices,
            "SELECT p_retailprice::numeric(20, 5) FROM part WHERE p_partkey = 1",
        )
        .await;
    }

    #[tokio::test]
    #[should_panic(expected = "an empty result proves nothing")]
    async fn nothing_is_no_result() {
        let nations = Nation::query().filter(|n| n.key.lt(0)).select(|n| n.key);
        same_as_text(nations, "SELECT n_nationkey FROM nation WHERE n_nationkey < 0").await;
    }
    #[tokio::test]
    #[should_panic(expected = "an empty result proves nothing")]
    async fn nor_is_null() {
        let unnamed = Nation::query()
            .filter(|n| n.key.eq(1))
            .select(|n| n.name.nullif("ARGENTINA"));
        same_as_text(
            unnamed,
            "SELECT nullif(n_name, 'ARGENTINA') FROM nation WHERE n_nationkey = 1",
        )
        .await;
    }
}

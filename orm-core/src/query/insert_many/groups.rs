//! Which rows go together in one statement.

use crate::types::PgKind;

/// The most rows of one UNNEST statement: its arrays are held in memory on both sides.
const UNNEST_ROWS: usize = 20_000;
/// The most rows of one VALUES statement; halved while the parameters would pass the protocol's 65,535.
const VALUES_ROWS: usize = 512;

/// Rows that give the same columns.
pub(super) struct Group {
    pub(super) columns: Vec<usize>,
    pub(super) rows: Vec<u32>,
}

/// Whether no column is an array or a composite: `unnest` gives the elements of an array of arrays, and a column for each
/// field of a composite.
pub(super) fn unnests(table: &crate::model::Table, columns: &[usize]) -> bool {
    !columns.iter().any(|&column| {
        let kind = &table.columns[column].ty.kind;
        matches!(kind, PgKind::Array(_) | PgKind::Composite(_))
    })
}

impl Group {
    pub(super) fn unnests(&self, table: &crate::model::Table) -> bool {
        unnests(table, &self.columns)
    }

    fn most_rows(&self, table: &crate::model::Table) -> usize {
        if self.unnests(table) {
            return UNNEST_ROWS;
        }
        let mut most = VALUES_ROWS;
        let params = self.columns.len() + usize::from(table.tenant.is_some());
        while most > 1 && most * params > usize::from(u16::MAX) {
            most /= 2;
        }
        most
    }

    pub(super) fn fits_one_statement(&self, table: &crate::model::Table) -> bool {
        self.chunks(table).count() == 1
    }

    /// Pieces of the rows, each for one statement. For VALUES they are powers of two, so that a model has only some
    /// ten different texts in the statement cache.
    pub(super) fn chunks<'g>(&'g self, table: &crate::model::Table) -> impl Iterator<Item = &'g [u32]> {
        let (most, unnests) = (self.most_rows(table), self.unnests(table));
        let mut rest = self.rows.as_slice();
        std::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let size = if unnests {
                rest.len().min(most)
            } else {
                most.min(1 << rest.len().ilog2())
            };
            let (chunk, remaining) = rest.split_at(size);
            rest = remaining;
            Some(chunk)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::__private::STUB_TABLE;
    use crate::model::{ColumnDef, Table, TableKind};

    static WITH_ARRAY: Table = Table {
        columns: &[
            ColumnDef::new::<Vec<i64>>("list", "list", "Stub"),
            ColumnDef::new::<i64>("number", "number", "Stub"),
        ],
        kind: TableKind::Table,
        ..*STUB_TABLE
    };

    /// The sizes of the pieces of so many rows that give so many columns, the first an array or not.
    fn pieces(rows: u32, columns: usize, array: bool) -> Vec<usize> {
        let mut list = vec![1; columns];
        if array {
            list[0] = 0;
        }
        let group = Group {
            columns: list,
            rows: (0..rows).collect(),
        };
        let chunks: Vec<&[u32]> = group.chunks(&WITH_ARRAY).collect();
        assert_eq!(chunks.concat(), group.rows, "every row once, in order");
        chunks.iter().map(|chunk| chunk.len()).collect()
    }

    #[test]
    fn no_statement_has_more_parameters_than_the_protocol_allows() {
        for columns in [1, 2, 127, 128, 129, 1_000, 1_600] {
            for rows in [1, 511, 512, 513, 5_000] {
                let most = pieces(rows, columns, true).into_iter().max().unwrap_or_default();
                assert!(most * columns <= 65_535, "{most} rows of {columns} columns");
            }
        }
        assert_eq!(pieces(512, 128, true), [256, 256]);
        assert_eq!(pieces(512, 127, true), [512]);
    }

    #[test]
    fn pieces_of_values_are_powers_of_two_so_that_there_are_few_texts() {
        assert_eq!(pieces(1_543, 3, true), [512, 512, 512, 4, 2, 1]);
        assert_eq!(pieces(45_000, 3, false), [20_000, 20_000, 5_000]);
        assert!(pieces(0, 3, true).is_empty());
    }
}

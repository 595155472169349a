//! Rows in the format of `COPY … (FORMAT binary)`.

use bytes::Bytes;

use crate::driver::CopySource;
use crate::error::{Error, ErrorKind};
use crate::model::Table;
use crate::query::Rows;
use crate::types::Buffer;

/// How many bytes go into one piece.
const CHUNK: usize = 64 * 1024;
/// The signature, no flags, no header extension.
const HEADER: &[u8; 19] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// Some columns of some rows.
pub(crate) struct CopyRows<'a> {
    rows: &'a dyn Rows,
    remaining: std::slice::Iter<'a, u32>,
    columns: &'a [usize],
    table: &'static Table,
    state: State,
}

enum State {
    Header,
    Rows,
    Done,
}

impl<'a> CopyRows<'a> {
    pub(crate) fn new(rows: &'a dyn Rows, which: &'a [u32], columns: &'a [usize], table: &'static Table) -> Self {
        Self {
            rows,
            remaining: which.iter(),
            columns,
            table,
            state: State::Header,
        }
    }

    /// `COPY "table" ("a", "b") FROM STDIN (FORMAT binary)`
    pub(crate) fn sql(&self) -> String {
        let mut sql = String::from("COPY ");
        crate::sql::quote_qualified(&mut sql, self.table.schema, self.table.name);
        for (index, &column) in self.columns.iter().enumerate() {
            sql.push_str(if index == 0 { " (" } else { ", " });
            crate::sql::quote(&mut sql, self.table.columns[column].name);
        }
        sql.push_str(") FROM STDIN (FORMAT binary)");
        sql
    }

    fn put_row(&self, row: usize, out: &mut Buffer) -> Result<(), Error> {
        // A table has 1,600 columns at most.
        out.put(&(self.columns.len() as i16).to_be_bytes());
        for &column in self.columns {
            out.put_sized(|out| self.rows.put(row, column, out)).map_err(|reason| {
                let column = &self.table.columns[column];
                Error::new(
                    ErrorKind::Encode,
                    format!(
                        "`{}` of row {} cannot be stored as {}: {reason}",
                        column.field,
                        row + 1,
                        column.ty
                    ),
                )
            })?;
        }
        Ok(())
    }
}

impl CopySource for CopyRows<'_> {
    fn next_chunk(&mut self) -> Result<Option<Bytes>, Error> {
        if matches!(self.state, State::Done) {
            return Ok(None);
        }
        let mut out = Buffer::new();
        out.reserve(CHUNK + CHUNK / 8);
        if matches!(self.state, State::Header) {
            out.put(HEADER);
            self.state = State::Rows;
        }
        while out.len() < CHUNK {
            match self.remaining.next() {
                Some(&row) => self.put_row(row as usize, &mut out)?,
                None => {
                    out.put(&(-1i16).to_be_bytes());
                    self.state = State::Done;
                    break;
                }
            }
        }
        Ok(Some(out.into_vec().into()))
    }
}

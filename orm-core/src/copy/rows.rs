//! Rows in the format of `COPY … (FORMAT binary)`.

use std::panic::Location;

use bytes::Bytes;

use crate::driver::CopySource;
use crate::error::{Error, ErrorKind};
use crate::model::Table;
use crate::query::Rows;
use crate::types::{Buffer, IsNull, ValueError};

/// How many bytes go into one piece.
pub(super) const CHUNK: usize = 64 * 1024;
/// The signature, no flags, no header extension.
pub(super) const HEADER: &[u8; 19] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// Some columns of some rows.
pub(crate) struct CopyRows<'a> {
    rows: &'a dyn Rows,
    remaining: std::slice::Iter<'a, u32>,
    columns: &'a [usize],
    table: &'static Table,
    state: State,
    place: Option<&'static Location<'static>>,
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
            place: None,
        }
    }

    /// With the place in the program that copies.
    pub(crate) fn at(mut self, place: Option<&'static Location<'static>>) -> Self {
        self.place = place;
        self
    }

    /// `COPY "table" ("a", "b") FROM STDIN (FORMAT binary)`
    pub(crate) fn sql(&self) -> String {
        copy_from_stdin(self.table, self.columns, "FORMAT binary")
    }

    fn put_row(&self, row: usize, out: &mut Buffer) -> Result<(), Error> {
        put_row(self.table, self.columns, row as u64, out, |column, out| {
            self.rows.put(row, column, out)
        })
    }
}

/// `COPY "table" ("a", "b") FROM STDIN (…)`
pub(super) fn copy_from_stdin(table: &Table, columns: &[usize], options: &str) -> String {
    let mut sql = String::from("COPY ");
    crate::sql::quote_qualified(&mut sql, table.schema, table.name);
    for (index, &column) in columns.iter().enumerate() {
        sql.push_str(if index == 0 { " (" } else { ", " });
        crate::sql::quote(&mut sql, table.columns[column].name);
    }
    sql.push_str(") FROM STDIN (");
    sql.push_str(options);
    sql.push(')');
    sql
}

/// Appends a row: the number of its columns, and each with its length. `row` is its place, from 0, for errors.
pub(super) fn put_row(
    table: &Table,
    columns: &[usize],
    row: u64,
    out: &mut Buffer,
    put: impl Fn(usize, &mut Buffer) -> Result<IsNull, ValueError>,
) -> Result<(), Error> {
    // A table has 1,600 columns at most.
    out.put(&(columns.len() as i16).to_be_bytes());
    for &column in columns {
        out.put_sized(|out| put(column, out)).map_err(|reason| {
            let column = &table.columns[column];
            let (field, ty) = (column.field, column.ty);
            let text = format!("`{field}` of row {} cannot be stored as {ty}: {reason}", row + 1);
            Error::new(ErrorKind::Encode, text)
        })?;
    }
    Ok(())
}

/// Appends the end of the data.
pub(super) fn put_trailer(out: &mut Buffer) {
    out.put(&(-1i16).to_be_bytes());
}

impl CopySource for CopyRows<'_> {
    fn place(&self) -> Option<&'static Location<'static>> {
        self.place
    }

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
                    put_trailer(&mut out);
                    self.state = State::Done;
                    break;
                }
            }
        }
        Ok(Some(out.into_vec().into()))
    }
}

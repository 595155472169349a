//! Rows in the format of `COPY … (FORMAT binary)`, and whether a table takes them.

use std::panic::Location;

use bytes::Bytes;

use crate::driver::{Columns, CopySource, Executor, Param, ResultColumn, Row, RowSink, Statement};
use crate::error::{Error, ErrorKind};
use crate::model::{ColumnDef, Table};
use crate::query::Rows;
use crate::types::{Buffer, PgKind, builtin};

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
                    out.put(&(-1i16).to_be_bytes());
                    self.state = State::Done;
                    break;
                }
            }
        }
        Ok(Some(out.into_vec().into()))
    }
}

/// What must be known of a table before COPY begins. It sends bytes without their types, so the server would take those
/// of an `int8` for a `float8`; and a COPY that the server refuses ends the connection.
#[derive(Default)]
pub(crate) struct CopyTarget {
    columns: Vec<TargetColumn>,
}

/// A column of the table in the database; of a domain, the type below.
struct TargetColumn {
    name: String,
    oid: i64,
    schema: String,
    ty: String,
    /// Whether the role may write it, without row-level security, which COPY FROM refuses.
    writable: bool,
}

impl CopyTarget {
    pub(crate) async fn ask(
        table: &'static Table,
        place: Option<&'static Location<'static>>,
        db: &dyn Executor,
    ) -> Result<Self, Error> {
        let mut name = String::new();
        crate::sql::quote_qualified(&mut name, table.schema, table.name);
        let statement = Statement {
            text: "WITH RECURSIVE found AS (\
                   SELECT attrelid, attnum, attname, atttypid AS type FROM pg_catalog.pg_attribute \
                   WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped \
                   UNION ALL \
                   SELECT attrelid, attnum, attname, typbasetype FROM found \
                   JOIN pg_catalog.pg_type ON oid = type WHERE typtype = 'd') \
                   SELECT attname::text, t.oid::int8, nspname::text, typname::text, \
                   has_column_privilege(attrelid, attnum, 'INSERT') AND NOT row_security_active(attrelid) \
                   FROM found JOIN pg_catalog.pg_type t ON t.oid = type \
                   JOIN pg_catalog.pg_namespace n ON n.oid = typnamespace WHERE typtype <> 'd'"
                .into(),
            params: vec![Param::new(&name)],
            operation: "SELECT",
            table: Some(table),
            place,
            only_reads: false,
            options: None,
        };
        let mut target = Self::default();
        db.run(&statement, &mut target)
            .await
            .map_err(|error| error.with_table(Some(table)))?;
        Ok(target)
    }

    /// Whether COPY can write these columns: the role may, and each reads the bytes as the program writes them.
    pub(crate) fn takes(&self, table: &Table, columns: &[usize]) -> bool {
        columns.iter().map(|&column| &table.columns[column]).all(|column| {
            let found = self.columns.iter().find(|found| found.name == column.name);
            found.is_some_and(|found| found.takes(column))
        })
    }
}

impl TargetColumn {
    fn takes(&self, column: &ColumnDef) -> bool {
        let ty = column.ty;
        if !self.writable {
            return false;
        }
        match ty.kind {
            // Known by name: an enum, or an extension's type.
            _ if ty.oid == 0 => ty.name == self.ty && ty.schema.is_none_or(|schema| schema == self.schema),
            PgKind::Array(_) => i64::from(ty.oid) == self.oid,
            // All the kinds of text have one format; `json` and `jsonb`, for instance, have not.
            _ => {
                let same = |oid: u32| i64::from(oid) == self.oid;
                same(ty.oid) || (ty.oid == builtin::TEXT.oid && builtin::TEXT.also.iter().copied().any(same))
            }
        }
    }
}

impl RowSink for CopyTarget {
    fn columns(&mut self, columns: &[ResultColumn]) -> Result<(), Error> {
        let mut columns = Columns::new(columns);
        columns.next::<String>()?;
        columns.next::<i64>()?;
        columns.next::<String>()?;
        columns.next::<String>()?;
        columns.next::<bool>()
    }

    fn row(&mut self, row: &Row<'_>) -> Result<(), Error> {
        self.columns.push(TargetColumn {
            name: row.get(0)?,
            oid: row.get(1)?,
            schema: row.get(2)?,
            ty: row.get(3)?,
            writable: row.get(4)?,
        });
        Ok(())
    }
}

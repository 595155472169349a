//! Whether a table takes what COPY brings.

use std::panic::Location;

use crate::driver::{Columns, Executor, Param, ResultColumn, Row, RowSink, Statement};
use crate::error::{Error, ErrorKind};
use crate::model::{ColumnDef, Table};
use crate::types::{PgKind, builtin};

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

impl CopyTarget {
    /// As [`takes`](Self::takes), with the reason why not. `binary` data are of the model's types; text is read by the
    /// server, whatever the column's type.
    ///
    /// # Errors
    /// [`ErrorKind::UndefinedObject`], [`ErrorKind::PermissionDenied`], [`ErrorKind::ColumnType`].
    pub(crate) fn check(&self, table: &'static Table, columns: &[usize], binary: bool) -> Result<(), Error> {
        for column in columns.iter().map(|&column| &table.columns[column]) {
            let name = column.name;
            let found = self.columns.iter().find(|found| found.name == name);
            let (kind, why) = match found {
                None => (
                    ErrorKind::UndefinedObject,
                    format!("the table has no column \"{name}\"; does the database have the program's schema?"),
                ),
                Some(found) if !found.writable => (
                    ErrorKind::PermissionDenied,
                    format!(
                        "COPY may not write \"{name}\": the role lacks INSERT on it, or is under row-level security, \
                         which COPY refuses; `insert_many` goes under row-level security"
                    ),
                ),
                Some(found) if binary && !found.takes(column) => (
                    ErrorKind::ColumnType,
                    format!(
                        "\"{name}\" has the type {} in the database, but the program writes {}; change the field's type \
                         or migrate the column",
                        found.ty, column.ty
                    ),
                ),
                Some(_) => continue,
            };
            return Err(Error::new(kind, why).with_table(Some(table)));
        }
        Ok(())
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

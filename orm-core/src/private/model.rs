//! What `#[derive(Model)]` writes calls of, so that its output stays small.

use crate::driver::{Columns, Param};
use crate::error::Error;
use crate::expr::Source;
use crate::model::{ColumnDef, Generation, Table, TableKind, TableModel};
use crate::sql::Node;
use crate::types::{Buffer, DbType, IsNull, PgType, ValueError};

/// Takes and checks all columns of a table.
///
/// # Errors
/// [`ErrorKind::ColumnType`](crate::ErrorKind::ColumnType).
pub fn check_columns(table: &'static Table, columns: &mut Columns<'_>) -> Result<(), Error> {
    table.columns.iter().try_for_each(|column| {
        columns.is_named(column.name, column.field)?;
        columns.expect(column.ty)
    })
}

/// A decoded cell of a table's column; an error names the field as `User.email`.
///
/// # Errors
/// [`ErrorKind::Decode`](crate::ErrorKind::Decode).
#[inline]
pub fn decoded<T>(value: Result<T, ValueError>, table: &'static Table, at: usize, column: usize) -> Result<T, Error> {
    value.map_err(|reason| not_decoded(table, at, column, &reason))
}

#[cold]
fn not_decoded(table: &'static Table, at: usize, column: usize, reason: &ValueError) -> Error {
    let definition = &table.columns[column];
    Error::decode(at + column, Some(definition.field), definition.ty, reason).with_table(Some(table))
}

/// Selects all columns of a table.
pub fn select_columns(source: Source, table: &'static Table, items: &mut Vec<Node>) {
    items.extend(table.columns.iter().map(|column| Node::Column(source, column)));
}

/// Parameters for these columns of a table, with the bytes that `put` writes for each.
pub fn params(
    table: &'static Table,
    columns: &[usize],
    put: &dyn Fn(usize, &mut Buffer) -> Result<IsNull, ValueError>,
) -> Vec<Param> {
    let param = |column: &usize| Param::encode(table.columns[*column].ty, |out| put(*column, out));
    columns.iter().map(param).collect()
}

/// The table of `M`, to which a foreign key of the type `F` points.
#[must_use]
pub fn parent<F: HoldsKey<M::Key>, M: TableModel>() -> &'static Table {
    M::TABLE
}

/// A field type that can hold a key of the type `K`.
#[diagnostic::on_unimplemented(
    message = "this foreign key is `{Self}`, but the primary key that it points to is `{K}`",
    label = "expected `{K}`",
    note = "a foreign key has the type of the key, or `Option` of it; `belongs_to` on a field cannot point to a composite key"
)]
pub trait HoldsKey<K> {}

#[diagnostic::do_not_recommend]
impl<F: DbType, K: DbType<Base = F::Base>> HoldsKey<K> for F {}

/// A column as `ColumnDef::new` makes it. It is no generic of the field's type, so that a type that is no column's is
/// one error with one text, wherever it is used.
#[must_use]
pub const fn column(
    name: &'static str,
    field: &'static str,
    ty: &'static PgType,
    nullable: bool,
    values: Option<&'static [&'static str]>,
) -> ColumnDef {
    ColumnDef {
        name,
        field,
        ty,
        array: PgType::array(ty),
        sql_type: None,
        nullable,
        values,
        default: None,
        generation: Generation::No,
    }
}

/// What stands for the table of a model that has errors. Nothing runs with it: the program does not compile.
pub const STUB_TABLE: &Table = &Table {
    model: "",
    schema: None,
    name: "",
    kind: TableKind::Table,
    columns: &[],
    primary_key: &[],
    primary_key_name: "",
    uniques: &[],
    indexes: &[],
    checks: &[],
    foreign_keys: &[],
    version: None,
};

//! Creating and dropping what models describe: for first steps and tests.

mod create;
mod drop;

use std::collections::HashSet;

pub use create::{create_all, create_all_sql};
pub use drop::{drop_all, drop_all_sql};

use crate::model::{Table, TableKind};
use crate::types::{PgKind, PgType};

/// Programs that start at the same time create one after the other: PostgreSQL's `IF NOT EXISTS` fails when two look at
/// once. The lock ends with the transaction; its key is the text `orm_ddl` as a number.
const LOCK: &str = "SELECT pg_advisory_xact_lock(31369536492299372);\n";

/// The tables so that each comes after those that its foreign keys point to, then views in the order given. Of tables
/// that point at each other the first given comes first; their foreign keys are made afterwards anyway.
fn in_dependency_order(tables: &[&'static Table]) -> Vec<&'static Table> {
    let mut ordered = Vec::with_capacity(tables.len());
    let mut visited = HashSet::new();
    for table in tables.iter().filter(|table| table.kind == TableKind::Table) {
        visit(table, tables, &mut visited, &mut ordered);
    }
    let views = tables.iter().filter(|table| table.kind != TableKind::Table);
    for view in views {
        if visited.insert((view.schema, view.name)) {
            ordered.push(view);
        }
    }
    ordered
}

fn visit(
    table: &'static Table,
    tables: &[&'static Table],
    visited: &mut HashSet<(Option<&'static str>, &'static str)>,
    ordered: &mut Vec<&'static Table>,
) {
    if !visited.insert((table.schema, table.name)) {
        return;
    }
    for key in table.foreign_keys {
        let target = (key.table)();
        if let Some(given) = tables.iter().find(|other| same(other, target)) {
            visit(given, tables, visited, ordered);
        }
    }
    ordered.push(table);
}

fn same(a: &Table, b: &Table) -> bool {
    a.schema == b.schema && a.name == b.name
}

/// The enums and composites that the tables' columns use, those that others are made of first.
fn user_types(tables: &[&'static Table]) -> Vec<&'static PgType> {
    let mut types = Vec::new();
    for column in tables.iter().flat_map(|table| table.columns) {
        if column.sql_type.is_none() {
            collect(column.ty, &mut types);
        }
    }
    types
}

fn collect(ty: &'static PgType, types: &mut Vec<&'static PgType>) {
    match &ty.kind {
        PgKind::Scalar => {}
        PgKind::Array(element) => collect(element, types),
        PgKind::Enum(_) => add(ty, types),
        PgKind::Composite(fields) => {
            for field in *fields {
                collect(field.ty, types);
            }
            add(ty, types);
        }
    }
}

fn add(ty: &'static PgType, types: &mut Vec<&'static PgType>) {
    if !types
        .iter()
        .any(|known| known.schema == ty.schema && known.name == ty.name)
    {
        types.push(ty);
    }
}

//! `DROP …`

use super::{LOCK, in_dependency_order, user_types};
use crate::driver::Executor;
use crate::error::Error;
use crate::model::{Table, TableKind};
use crate::sql::{quote, quote_qualified};

/// Drops the models' views, tables and types that exist, with all rows, in reverse dependency order, in one
/// transaction. Schemas stay.
///
/// # Errors
/// The server's, such as 2BP01 when something else depends on a table; nothing is dropped then.
pub async fn drop_all(tables: &[&'static Table], db: &dyn Executor) -> Result<(), Error> {
    let sql = drop_all_sql(tables);
    if sql.is_empty() {
        return Ok(());
    }
    let transaction = db.begin().await?;
    transaction.batch(&format!("{LOCK}{sql}")).await?;
    transaction.commit().await
}

/// The statements of [`drop_all`], one a line.
#[must_use]
pub fn drop_all_sql(tables: &[&'static Table]) -> String {
    let tables = in_dependency_order(tables);
    let mut sql = String::new();
    for table in tables.iter().rev() {
        match table.kind {
            TableKind::View(_) => drop_one(&mut sql, "VIEW", table),
            TableKind::MaterializedView(_) => drop_one(&mut sql, "MATERIALIZED VIEW", table),
            TableKind::Table => {}
        }
    }
    // Tables that point at each other cannot be dropped one by one, so the foreign keys go first.
    for table in tables.iter().filter(|table| table.kind == TableKind::Table) {
        for key in table.foreign_keys {
            sql.push_str("ALTER TABLE IF EXISTS ");
            quote_qualified(&mut sql, table.schema, table.name);
            sql.push_str(" DROP CONSTRAINT IF EXISTS ");
            quote(&mut sql, key.name);
            sql.push_str(";\n");
        }
    }
    for table in tables.iter().rev().filter(|table| table.kind == TableKind::Table) {
        drop_one(&mut sql, "TABLE", table);
    }
    for ty in user_types(&tables).into_iter().rev() {
        sql.push_str("DROP TYPE IF EXISTS ");
        quote_qualified(&mut sql, ty.schema, ty.name);
        sql.push_str(";\n");
    }
    sql
}

fn drop_one(sql: &mut String, kind: &str, table: &Table) {
    sql.push_str("DROP ");
    sql.push_str(kind);
    sql.push_str(" IF EXISTS ");
    quote_qualified(sql, table.schema, table.name);
    sql.push_str(";\n");
}

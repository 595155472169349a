//! `CREATE …`

use std::fmt::Write as _;

use super::{LOCK, in_dependency_order, user_types};
use crate::driver::Executor;
use crate::error::Error;
use crate::model::{Action, ColumnDef, ForeignKey, Generation, Index, NullsOrder, Table, TableKind};
use crate::sql::{quote, quote_qualified};
use crate::types::{PgKind, PgType};

/// Creates what the models describe and is not there yet: schemas, enum and composite types, tables, foreign keys,
/// indexes, and views whose query the model gives; in dependency order, in one transaction.
///
/// What exists is left as it is, also where it differs: changing a schema is the work of migrations.
///
/// # Errors
/// The server's; nothing is created then.
pub async fn create_all(tables: &[&'static Table], db: &dyn Executor) -> Result<(), Error> {
    let sql = create_all_sql(tables);
    if sql.is_empty() {
        return Ok(());
    }
    let transaction = db.begin().await?;
    transaction.batch(&format!("{LOCK}{sql}")).await?;
    transaction.commit().await
}

/// The statements of [`create_all`], one a line.
#[must_use]
pub fn create_all_sql(tables: &[&'static Table]) -> String {
    let tables = in_dependency_order(tables);
    let mut sql = String::new();
    schemas(&mut sql, &tables);
    for ty in user_types(&tables) {
        create_type(&mut sql, ty);
    }
    let (relations, views): (Vec<&Table>, Vec<&Table>) =
        tables.iter().partition(|table| table.kind == TableKind::Table);
    for table in &relations {
        create_table(&mut sql, table);
    }
    for table in &relations {
        for key in table.foreign_keys {
            create_foreign_key(&mut sql, table, key);
        }
        create_partial_keys(&mut sql, table);
        for index in table.indexes {
            create_index(&mut sql, table, index);
        }
    }
    for view in views {
        create_view(&mut sql, view);
        for index in view.indexes {
            create_index(&mut sql, view, index);
        }
    }
    sql
}

fn schemas(sql: &mut String, tables: &[&'static Table]) {
    let types = user_types(tables);
    let named = tables.iter().filter_map(|table| table.schema);
    let mut seen: Vec<&str> = Vec::new();
    for schema in named.chain(types.iter().filter_map(|ty| ty.schema)) {
        if !seen.contains(&schema) {
            seen.push(schema);
            sql.push_str("CREATE SCHEMA IF NOT EXISTS ");
            quote(sql, schema);
            sql.push_str(";\n");
        }
    }
}

/// `CREATE TYPE` knows no IF NOT EXISTS, so its error is caught.
fn create_type(sql: &mut String, ty: &PgType) {
    let mut create = String::from("CREATE TYPE ");
    quote_qualified(&mut create, ty.schema, ty.name);
    match &ty.kind {
        PgKind::Enum(labels) => {
            create.push_str(" AS ENUM (");
            for (index, label) in labels.iter().enumerate() {
                if index > 0 {
                    create.push_str(", ");
                }
                literal(&mut create, label);
            }
            create.push(')');
        }
        PgKind::Composite(fields) => {
            create.push_str(" AS (");
            for (index, field) in fields.iter().enumerate() {
                if index > 0 {
                    create.push_str(", ");
                }
                quote(&mut create, field.name);
                let _ = write!(create, " {}", field.ty);
            }
            create.push(')');
        }
        PgKind::Scalar | PgKind::Array(_) => return,
    }
    unless_it_exists(sql, &create);
}

/// A text in quotes. Only names that the program's author wrote come here; values of rows are always parameters.
fn literal(sql: &mut String, text: &str) {
    sql.push('\'');
    sql.push_str(&text.replace('\'', "''"));
    sql.push('\'');
}

fn create_table(sql: &mut String, table: &Table) {
    sql.push_str("CREATE TABLE IF NOT EXISTS ");
    quote_qualified(sql, table.schema, table.name);
    sql.push_str(" (");
    for (index, column) in table.columns.iter().enumerate() {
        sql.push_str(if index > 0 { ", " } else { "" });
        create_column(sql, column);
    }
    constraint(sql, table.primary_key_name, "PRIMARY KEY", table.primary_key);
    // A constraint cannot hold for some rows only: then it is an index.
    if table.key_predicate().is_none() {
        for unique in table.uniques {
            constraint(sql, unique.name, "UNIQUE", unique.columns);
        }
    }
    for check in table.checks {
        sql.push_str(", CONSTRAINT ");
        quote(sql, check.name);
        let _ = write!(sql, " CHECK ({})", check.sql);
    }
    sql.push_str(");\n");
}

fn create_column(sql: &mut String, column: &ColumnDef) {
    quote(sql, column.name);
    match column.sql_type {
        Some(sql_type) => {
            let _ = write!(sql, " {sql_type}");
        }
        None => {
            let _ = write!(sql, " {}", column.ty);
        }
    }
    match column.generation {
        Generation::No => {}
        Generation::IdentityByDefault => sql.push_str(" GENERATED BY DEFAULT AS IDENTITY"),
        Generation::IdentityAlways => sql.push_str(" GENERATED ALWAYS AS IDENTITY"),
        Generation::Stored(expression) => {
            let _ = write!(sql, " GENERATED ALWAYS AS ({expression}) STORED");
        }
    }
    if let Some(default) = column.default {
        let _ = write!(sql, " DEFAULT {default}");
    }
    if !column.nullable {
        sql.push_str(" NOT NULL");
    }
    if let Some(values) = column.values {
        sql.push_str(" CHECK (");
        quote(sql, column.name);
        sql.push_str(" IN (");
        for (index, value) in values.iter().enumerate() {
            sql.push_str(if index > 0 { ", " } else { "" });
            literal(sql, value);
        }
        sql.push_str("))");
    }
}

fn constraint(sql: &mut String, name: &str, kind: &str, columns: &[&str]) {
    sql.push_str(", CONSTRAINT ");
    quote(sql, name);
    sql.push(' ');
    sql.push_str(kind);
    names(sql, columns);
}

fn names(sql: &mut String, columns: &[&str]) {
    sql.push_str(" (");
    for (index, column) in columns.iter().enumerate() {
        sql.push_str(if index > 0 { ", " } else { "" });
        quote(sql, column);
    }
    sql.push(')');
}

/// Foreign keys are made after all tables, so tables may point at each other. ADD CONSTRAINT knows no IF NOT EXISTS.
fn create_foreign_key(sql: &mut String, table: &Table, key: &ForeignKey) {
    let target = (key.table)();
    let mut alter = String::from("ALTER TABLE ");
    quote_qualified(&mut alter, table.schema, table.name);
    constraint_head(&mut alter, key);
    names(&mut alter, key.columns);
    alter.push_str(" REFERENCES ");
    quote_qualified(&mut alter, target.schema, target.name);
    names(&mut alter, target.primary_key);
    for (event, action) in [(" ON DELETE ", key.on_delete), (" ON UPDATE ", key.on_update)] {
        if action != Action::NoAction {
            alter.push_str(event);
            alter.push_str(action_sql(action));
        }
    }
    unless_it_exists(sql, &alter);
}

/// A statement that knows no IF NOT EXISTS: its error is caught. The text is quoted by a tag that does not occur in it.
fn unless_it_exists(sql: &mut String, statement: &str) {
    let mut tag = String::from("$create$");
    while statement.contains(&tag) {
        tag.insert(tag.len() - 1, '_');
    }
    let _ = writeln!(
        sql,
        "DO {tag} BEGIN {statement}; EXCEPTION WHEN duplicate_object THEN NULL; END {tag};"
    );
}

fn constraint_head(sql: &mut String, key: &ForeignKey) {
    sql.push_str(" ADD CONSTRAINT ");
    quote(sql, key.name);
    sql.push_str(" FOREIGN KEY");
}

const fn action_sql(action: Action) -> &'static str {
    match action {
        Action::NoAction => "NO ACTION",
        Action::Restrict => "RESTRICT",
        Action::Cascade => "CASCADE",
        Action::SetNull => "SET NULL",
        Action::SetDefault => "SET DEFAULT",
    }
}

/// The unique keys of a table whose standing filter hides rows: what is hidden may have the same values.
fn create_partial_keys(sql: &mut String, table: &Table) {
    let Some(predicate) = table.key_predicate() else { return };
    for unique in table.uniques {
        sql.push_str("CREATE UNIQUE INDEX IF NOT EXISTS ");
        quote(sql, unique.name);
        sql.push_str(" ON ");
        quote_qualified(sql, table.schema, table.name);
        names(sql, unique.columns);
        let _ = writeln!(sql, " WHERE {predicate};");
    }
}

fn create_index(sql: &mut String, table: &Table, index: &Index) {
    sql.push_str(if index.unique {
        "CREATE UNIQUE INDEX"
    } else {
        "CREATE INDEX"
    });
    sql.push_str(" IF NOT EXISTS ");
    quote(sql, index.name);
    sql.push_str(" ON ");
    quote_qualified(sql, table.schema, table.name);
    if let Some(method) = index.method {
        sql.push_str(" USING ");
        quote(sql, method);
    }
    sql.push_str(" (");
    for (position, column) in index.columns.iter().enumerate() {
        sql.push_str(if position > 0 { ", " } else { "" });
        quote(sql, column.name);
        sql.push_str(if column.descending { " DESC" } else { "" });
        sql.push_str(match column.nulls {
            Some(NullsOrder::First) => " NULLS FIRST",
            Some(NullsOrder::Last) => " NULLS LAST",
            None => "",
        });
    }
    sql.push(')');
    if !index.include.is_empty() {
        sql.push_str(" INCLUDE");
        names(sql, index.include);
    }
    let filter = match index.unique && table.kind == TableKind::Table {
        true => table.whole_key_predicate(index.filter),
        false => index.filter.map(str::to_owned),
    };
    if let Some(filter) = filter {
        let _ = write!(sql, " WHERE {filter}");
    }
    sql.push_str(";\n");
}

/// A view whose query the model does not give is somebody else's to create.
fn create_view(sql: &mut String, table: &Table) {
    let (create, query) = match table.kind {
        TableKind::View(Some(query)) => ("CREATE OR REPLACE VIEW ", query),
        TableKind::MaterializedView(Some(query)) => ("CREATE MATERIALIZED VIEW IF NOT EXISTS ", query),
        _ => return,
    };
    sql.push_str(create);
    quote_qualified(sql, table.schema, table.name);
    let _ = writeln!(sql, " AS {query};");
}

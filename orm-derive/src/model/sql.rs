//! The statements that are known at compile time.

use super::{Column, Model, Role};

/// A name in double quotes: reserved words, mixed case and quotes in it are right.
fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The table with its schema, if it has one.
fn table(model: &Model) -> String {
    let name = quote(&model.table);
    match &model.schema {
        Some(schema) => format!("{}.{name}", quote(schema)),
        None => name,
    }
}

fn column_list<'m>(columns: impl IntoIterator<Item = &'m Column>) -> String {
    let names: Vec<String> = columns.into_iter().map(|column| quote(&column.name)).collect();
    names.join(", ")
}

/// `"a" = $n` for each column from the parameter `first`, joined.
fn equations(model: &Model, columns: &[usize], first: usize) -> Vec<String> {
    let numbered = columns.iter().zip(first..);
    numbered
        .map(|(column, number)| {
            let column = &model.columns[*column];
            format!("{} = ${number}{}", quote(&column.name), cast(column))
        })
        .collect()
}

/// A text beside a column of `citext` is compared as `text` otherwise, upper and lower case apart.
fn cast(column: &Column) -> String {
    let declared = column.sql_type.as_ref().map(syn::LitStr::value).unwrap_or_default();
    let name = declared.rsplit('.').next().unwrap_or_default().trim().trim_matches('"');
    match name.eq_ignore_ascii_case("citext") {
        true => format!("::{declared}"),
        false => String::new(),
    }
}

/// The key, and the version if there is one: what a write by key asks for.
fn row_condition(model: &Model, first: usize) -> String {
    let mut columns = model.primary_key.clone();
    columns.extend(model.version());
    equations(model, &columns, first).join(" AND ")
}

pub(super) fn find(model: &Model) -> String {
    format!(
        "SELECT {} FROM {} WHERE {}",
        column_list(&model.columns),
        table(model),
        equations(model, &model.primary_key, 1).join(" AND ")
    )
}

pub(super) fn insert(model: &Model, given: &[usize]) -> String {
    let returning = column_list(&model.columns);
    let table = table(model);
    if given.is_empty() {
        return format!("INSERT INTO {table} DEFAULT VALUES RETURNING {returning}");
    }
    let columns = column_list(given.iter().map(|column| &model.columns[*column]));
    let values: Vec<String> = (1..=given.len()).map(|number| format!("${number}")).collect();
    format!(
        "INSERT INTO {table} ({columns}) VALUES ({}) RETURNING {returning}",
        values.join(", ")
    )
}

/// Empty if nothing can be set.
pub(super) fn update(model: &Model) -> String {
    let settable = settable(model);
    let mut assignments = equations(model, &settable, 1);
    if let Some(version) = model.version() {
        let version = quote(&model.columns[version].name);
        assignments.push(format!("{version} = {version} + 1"));
    }
    if assignments.is_empty() {
        return String::new();
    }
    format!(
        "UPDATE {} SET {} WHERE {} RETURNING {}",
        table(model),
        assignments.join(", "),
        row_condition(model, settable.len() + 1),
        column_list(&model.columns)
    )
}

pub(super) fn delete(model: &Model) -> String {
    format!("DELETE FROM {} WHERE {}", table(model), row_condition(model, 1))
}

/// The columns that an update sets.
pub(super) fn settable(model: &Model) -> Vec<usize> {
    model.positions(|column| column.role == Role::Writable)
}

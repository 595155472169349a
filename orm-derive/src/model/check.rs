//! What a model's attributes mean together.

use proc_macro2::Span;
use syn::{Ident, LitStr};

use super::keys::{self, Constraints};
use super::names;
use super::parse::{Declared, DeclaredField, DeclaredGeneration};
use super::relations;
use super::resolve::FieldNames;
use super::soft_delete;
use super::tenant;
use super::types;
use super::{Column, Generation, Insert, Kind, Model, Role};
use crate::attributes::Errors;

/// What a version counts with, and what PostgreSQL's identity columns are.
const INTEGERS: [&str; 3] = ["i16", "i32", "i64"];

/// Checks everything; after an error the model is as near to what was meant as can be told.
pub(super) fn check(mut declared: Declared, errors: &mut Errors) -> Model {
    let (kind, table) = table_or_view(&declared, errors);
    let schema = declared.schema.as_ref();
    let schema = schema.map(|schema| names::literal(schema, "the schema", errors));
    if !matches!(kind, Kind::Table) {
        refuse_on_view(&mut declared, &kind, errors);
    }
    one_version(&declared, errors);
    let soft_delete = soft_delete::check(&declared, errors);
    let tenant = tenant::check(&declared, errors);
    relations::check(&mut declared, &kind, errors);
    let mut columns: Vec<Column> = Vec::new();
    for field in &declared.fields {
        let column = column(field, &declared.ident, errors);
        if let Some(same) = columns.iter().find(|other| other.name == column.name) {
            let span = field.column.as_ref().map_or(field.ident.span(), LitStr::span);
            let message = format!("the column \"{}\" is already that of `{}`", column.name, same.field);
            errors.at(span, message);
        }
        columns.push(column);
    }
    let primary_key = primary_key(&declared, &mut columns, &kind, errors);
    let fields = FieldNames::new(&declared.ident, &columns);
    let constraints = keys::constraints(&declared, &table, &kind, &primary_key, &fields, &columns, errors);
    let model = model(declared, kind, schema, table, columns, primary_key, constraints);
    tenant::lead_keys(Model {
        soft_delete,
        tenant,
        ..model
    })
}

fn model(
    declared: Declared,
    kind: Kind,
    schema: Option<String>,
    table: String,
    columns: Vec<Column>,
    primary_key: Vec<usize>,
    constraints: Constraints,
) -> Model {
    Model {
        vis: declared.vis,
        ident: declared.ident,
        broken: false,
        kind,
        schema,
        table,
        columns,
        primary_key,
        primary_key_name: constraints.primary_key_name,
        uniques: constraints.uniques,
        keys: constraints.keys,
        indexes: constraints.indexes,
        checks: constraints.checks,
        filters: declared.filters,
        soft_delete: None,
        tenant: None,
        belongs_to: constraints.belongs_to,
        has: declared.has.into_iter().map(|relation| relation.has).collect(),
    }
}

/// Table or view, and its name.
fn table_or_view(declared: &Declared, errors: &mut Errors) -> (Kind, String) {
    let model = &declared.ident;
    let definition = declared.definition.as_ref().map(|(_, sql)| sql.clone());
    if let Some((span, name, materialized)) = &declared.view {
        if declared.table_span.is_some() {
            errors.at(
                *span,
                format!("`{model}` is both a table and a view; remove `table` or this"),
            );
            return (Kind::Table, model.to_string());
        }
        let name = names::relation(name, "the view", errors);
        let kind = if *materialized {
            Kind::MaterializedView(definition)
        } else {
            Kind::View(definition)
        };
        return (kind, name);
    }
    if let Some((span, _)) = &declared.definition {
        errors.at(*span, format!("`{model}` is a table; a `definition` belongs to a view"));
    }
    let Some(name) = &declared.table else {
        // An attribute that could not be read may have been this one.
        if declared.table_span.is_none() && errors.is_empty() {
            errors.at(
                model.span(),
                format!("`{model}` has no table; add `#[orm(table = \"…\")]`, or `view = \"…\"` for a view"),
            );
        }
        return (Kind::Table, model.to_string());
    };
    (Kind::Table, names::relation(name, "the table", errors))
}

/// Nothing that a write or a constraint needs; indexes only where the view is stored. What is refused is taken out.
fn refuse_on_view(declared: &mut Declared, kind: &Kind, errors: &mut Errors) {
    let model = declared.ident.to_string();
    let stored = matches!(kind, Kind::MaterializedView(_));
    let mut refuse = |span: Option<Span>, key: &str| {
        if let Some(span) = span {
            errors.at(
                span,
                format!("`{model}` is a view, and a view's columns are read only: remove `{key}`"),
            );
        }
    };
    refuse(declared.primary_key.take().map(|(span, _)| span), "primary_key");
    for check in declared.checks.drain(..) {
        refuse(Some(check.span), "check");
    }
    if !stored {
        for index in declared.indexes.drain(..) {
            refuse(Some(index.span), "index");
        }
        for unique in declared.uniques.drain(..) {
            refuse(Some(unique.span), "unique");
        }
    }
    let on_fields = declared.fields.iter_mut().filter_map(|field| field.belongs_to.as_mut());
    for relation in declared.belongs_to.iter_mut().chain(on_fields) {
        refuse(relation.on_delete.take().map(|(span, _)| span), "on_delete");
        refuse(relation.on_update.take().map(|(span, _)| span), "on_update");
    }
    for field in &mut declared.fields {
        refuse(field.primary_key.take(), "primary_key");
        refuse(field.generated.take().map(|(span, _)| span), "generated");
        refuse(field.default.take().map(|(span, _)| span), "default");
        refuse(field.version.take(), "version");
        refuse(field.soft_delete.take(), "soft_delete");
        for (key, action) in [("on_delete", &mut field.on_delete), ("on_update", &mut field.on_update)] {
            refuse(action.take().map(|(span, _)| span), key);
        }
        for check in field.checks.drain(..) {
            refuse(Some(check.span), "check");
        }
        if !stored {
            refuse(field.unique.take().map(|(span, _)| span), "unique");
            refuse(field.index.take(), "index");
        }
    }
}

fn one_version(declared: &Declared, errors: &mut Errors) {
    let mut versions = declared.fields.iter().filter(|field| field.version.is_some());
    let Some(first) = versions.next() else { return };
    for second in versions {
        let message = format!(
            "`{}` has a version already, `{}`; remove one",
            declared.ident, first.name
        );
        errors.at(second.version.unwrap_or_else(|| second.ident.span()), message);
    }
}

/// A field with its own attributes.
fn column(field: &DeclaredField, model: &Ident, errors: &mut Errors) -> Column {
    let owner = format!("`{model}.{}`", field.name);
    let mut column_ty = field.ty.clone();
    types::check(&mut column_ty, &owner, errors);
    let name = match &field.column {
        Some(name) => names::literal(name, "a column", errors),
        None => {
            if let Some(problem) = names::problem(&field.name) {
                let message = format!("the column's name {problem} with `#[orm(column = \"…\")]`");
                errors.at(field.ident.span(), message);
            }
            field.name.clone()
        }
    };
    generated_or_default(field, &owner, errors);
    version(field, &owner, errors);
    let (role, insert) = role(field);
    let given = field.default.as_ref().map(|(_, sql)| sql.value());
    Column {
        ident: field.ident.clone(),
        field: field.name.clone(),
        ty: field.ty.clone(),
        column_ty,
        name,
        role,
        insert,
        // A row that is inserted without a version starts to count.
        default: given.or_else(|| field.version.map(|_| "1".to_owned())),
        generation: field.generated.as_ref().map(|(_, how)| generation(how)),
        sql_type: field.sql_type.clone(),
    }
}

fn role(field: &DeclaredField) -> (Role, Insert) {
    let generated = field.generated.as_ref().map(|(_, how)| how);
    let role = match generated {
        _ if field.primary_key.is_some() => Role::PrimaryKey,
        _ if field.version.is_some() => Role::Version,
        Some(_) => Role::Generated,
        // A row stays with its tenant.
        None if field.tenant.is_some() => Role::Generated,
        None => Role::Writable,
    };
    let insert = match generated {
        // The scope's value.
        None if field.tenant.is_some() => Insert::Never,
        // An identity ALWAYS takes a value, too, by OVERRIDING SYSTEM VALUE: historic rows keep their keys.
        Some(DeclaredGeneration::ByDefault | DeclaredGeneration::Always) => Insert::Optional,
        // PostgreSQL refuses any value for these (428C9).
        Some(DeclaredGeneration::Stored(_)) => Insert::Never,
        None if field.default.is_some() || field.version.is_some() || field.soft_delete.is_some() => Insert::Optional,
        None => Insert::Required,
    };
    (role, insert)
}

fn generation(how: &DeclaredGeneration) -> Generation {
    match how {
        DeclaredGeneration::ByDefault => Generation::IdentityByDefault,
        DeclaredGeneration::Always => Generation::IdentityAlways,
        DeclaredGeneration::Stored(sql) => Generation::Stored(sql.clone()),
    }
}

fn generated_or_default(field: &DeclaredField, owner: &str, errors: &mut Errors) {
    let Some((span, how)) = &field.generated else { return };
    if let Some((default, _)) = &field.default {
        errors.at(
            *default,
            format!("{owner} is generated and cannot have a default, too; remove one"),
        );
    }
    if matches!(how, DeclaredGeneration::Stored(_)) {
        return;
    }
    if types::is_option(&field.ty) || types::is_named(&field.ty, &["String", "Uuid", "bool", "f32", "f64"]) {
        let message = format!(
            "{owner} is a `{}`, but identity columns are `i16`, `i32` or `i64`; \
             for another value use `default = \"…\"`, or `generated = \"…\"` with an expression",
            types::text(&field.ty)
        );
        errors.at(*span, message);
    }
}

fn version(field: &DeclaredField, owner: &str, errors: &mut Errors) {
    let Some(span) = field.version else { return };
    let problem = if field.primary_key.is_some() {
        "is the primary key, which no update changes; use another field for the version".to_owned()
    } else if field.generated.is_some() {
        "is generated, but every update counts the version up; remove `generated`".to_owned()
    } else if !types::is_named(&field.ty, &INTEGERS) {
        let ty = types::text(&field.ty);
        format!("is a `{ty}`, but a version counts the updates of its row; use `i32` or `i64`")
    } else {
        return;
    };
    errors.at(span, format!("{owner} {problem}"));
}

/// The key's columns in its order.
fn primary_key(declared: &Declared, columns: &mut [Column], kind: &Kind, errors: &mut Errors) -> Vec<usize> {
    let on_fields = || declared.fields.iter().enumerate();
    let mut key: Vec<usize> = on_fields()
        .filter(|(_, field)| field.primary_key.is_some())
        .map(|(at, _)| at)
        .collect();
    if let Some((span, fields)) = &declared.primary_key {
        if !key.is_empty() {
            let message = format!("`{}` has a primary key on its fields, too; remove one", declared.ident);
            errors.at(*span, message);
        }
        key = FieldNames::new(&declared.ident, columns).find_all(fields, errors);
    }
    for at in &key {
        key_column(&declared.fields[*at], &declared.ident, errors);
        columns[*at].role = Role::PrimaryKey;
    }
    if key.is_empty() && matches!(kind, Kind::Table) && errors.is_empty() {
        errors.at(
            declared.ident.span(),
            format!(
                "`{}` has no primary key; add `#[orm(primary_key)]` to a field, or use `view = \"…\"` for a view",
                declared.ident
            ),
        );
    }
    key
}

fn key_column(field: &DeclaredField, model: &Ident, errors: &mut Errors) {
    if types::is_option(&field.ty) {
        let message = format!(
            "`{model}.{}` is in the primary key, which is never NULL; remove `Option`",
            field.name
        );
        errors.at(
            types::last_segment(&field.ty).map_or(field.ident.span(), |segment| segment.ident.span()),
            message,
        );
    }
    if let (Some(span), None) = (field.version, field.primary_key) {
        errors.at(
            span,
            format!(
                "`{model}.{}` is in the primary key and cannot be the version",
                field.name
            ),
        );
    }
}

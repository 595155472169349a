//! The column that says whose a row is.

use super::parse::Declared;
use super::{Kind, Model, Unique, types};
use crate::attributes::Errors;

/// Its position: one that is never NULL, and that no row is given another value for.
pub(super) fn check(declared: &Declared, errors: &mut Errors) -> Option<usize> {
    let model = &declared.ident;
    let mut marked = declared
        .fields
        .iter()
        .enumerate()
        .filter(|(_, field)| field.tenant.is_some());
    let (position, field) = marked.next()?;
    for (_, second) in marked {
        let message = format!("`{model}` has a `tenant` already, `{}`; remove one", field.name);
        errors.at(second.tenant.unwrap_or_else(|| second.ident.span()), message);
    }
    let owner = format!("`{model}.{}`", field.name);
    let problem = if types::is_option(&field.ty) {
        "says whose the row is, so it is never NULL; remove `Option`"
    } else if field.generated.is_some() || field.default.is_some() || field.version.is_some() {
        "gets the value of the executor's scope; remove `generated`, `default` or `version`"
    } else {
        return Some(position);
    };
    errors.at(field.tenant?, format!("{owner} {problem}"));
    Some(position)
}

/// Unique keys hold for each tenant by itself: its column stands first in them, unless they have it.
pub(super) fn lead_keys(mut model: Model) -> Model {
    let (Some(tenant), Kind::Table) = (model.tenant, &model.kind) else {
        return model;
    };
    let lead = |key: &mut Unique| {
        if !key.columns.contains(&tenant) {
            key.columns.insert(0, tenant);
        }
    };
    model.uniques.iter_mut().for_each(lead);
    // The first one is the primary key.
    model.keys.iter_mut().skip(1).for_each(lead);
    for index in model.indexes.iter_mut().filter(|index| index.unique) {
        if !index.columns.iter().any(|column| column.column == tenant) {
            let column = super::IndexColumn {
                column: tenant,
                descending: false,
                nulls_first: None,
            };
            index.columns.insert(0, column);
        }
    }
    model
}

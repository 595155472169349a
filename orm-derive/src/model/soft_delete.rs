//! The column that says when a row was deleted.

use super::parse::Declared;
use super::types;
use crate::attributes::Errors;

/// Its position: one that can be NULL, as it is of a row that is there, and that an update may set.
pub(super) fn check(declared: &Declared, errors: &mut Errors) -> Option<usize> {
    let model = &declared.ident;
    let mut marked = declared
        .fields
        .iter()
        .enumerate()
        .filter(|(_, field)| field.soft_delete.is_some());
    let (position, field) = marked.next()?;
    for (_, second) in marked {
        let message = format!("`{model}` has a `soft_delete` already, `{}`; remove one", field.name);
        errors.at(second.soft_delete.unwrap_or_else(|| second.ident.span()), message);
    }
    let span = field.soft_delete?;
    let owner = format!("`{model}.{}`", field.name);
    if field.primary_key.is_some() || field.generated.is_some() || field.version.is_some() {
        let message =
            format!("{owner} says when the row was deleted, so it cannot be the key, generated or the version");
        errors.at(span, message);
    } else if !types::is_option(&field.ty) {
        let ty = types::text(&field.ty);
        let message = format!(
            "{owner} is NULL until the row is deleted, but its type is `{ty}`; make it `Option` of a timestamp"
        );
        errors.at(span, message);
    }
    Some(position)
}

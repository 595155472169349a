//! What relations mean together with the rest of the model.

use std::collections::HashSet;

use syn::Ident;
use syn::ext::IdentExt as _;

use super::parse::{Declared, DeclaredField};
use super::relation::{ActionInput, BelongsToInput};
use super::resolve::FieldNames;
use super::types;
use super::{BelongsTo, Column, Kind};
use crate::attributes::Errors;

/// Each relation has a name of its own, and a view has no rows that belong to its rows. What is refused is taken out.
pub(super) fn check(declared: &mut Declared, kind: &Kind, errors: &mut Errors) {
    let model = &declared.ident;
    if !matches!(kind, Kind::Table) {
        for relation in declared.has.drain(..) {
            let message = format!("`{model}` is a view, which has no key that rows could point to; remove this");
            errors.at(relation.span, message);
        }
    }
    let mut names = HashSet::new();
    let mut is_new = |name: &Ident| {
        let new = names.insert(name.unraw());
        if !new {
            errors.at(
                name.span(),
                format!("`{model}` has another relation `{name}`; rename one"),
            );
        }
        new
    };
    for field in &mut declared.fields {
        // What stands beside it stays, and must not become another error.
        if field.belongs_to.take_if(|relation| !is_new(&relation.name)).is_some() {
            (field.on_delete, field.on_update) = (None, None);
        }
    }
    declared.belongs_to.retain(|relation| is_new(&relation.name));
    declared.has.retain(|relation| is_new(&relation.has.name));
}

/// What this model's rows belong to: by a key of one field, in the order of the fields, then by those of several.
pub(super) fn belongs_to(
    declared: &Declared,
    fields: &FieldNames<'_>,
    columns: &[Column],
    key_name: &mut dyn FnMut(&[usize]) -> String,
    errors: &mut Errors,
) -> Vec<BelongsTo> {
    let mut made = Vec::new();
    for (at, field) in declared.fields.iter().enumerate() {
        let owner = format!("`{}.{}`", declared.ident, field.name);
        beside_belongs_to(field, &owner, errors);
        let Some(input) = &field.belongs_to else { continue };
        if let Some((span, _)) = &input.key {
            let message = format!("{owner} is the key itself; write `belongs_to` with `key(…)` on the struct");
            errors.at(*span, message);
        }
        let actions = [
            both(&input.on_delete, &field.on_delete),
            both(&input.on_update, &field.on_update),
        ];
        made.push(of_key(
            input,
            vec![at],
            actions,
            columns,
            &declared.ident,
            key_name,
            errors,
        ));
    }
    for input in &declared.belongs_to {
        let key = key_fields(input, &declared.ident, errors);
        let key = fields.find_all(key, errors);
        let actions = [input.on_delete, input.on_update];
        made.push(of_key(input, key, actions, columns, &declared.ident, key_name, errors));
    }
    made
}

/// `on_delete` without a `belongs_to`, or once beside and once inside of it.
fn beside_belongs_to(field: &DeclaredField, owner: &str, errors: &mut Errors) {
    let inside = field.belongs_to.as_ref();
    let on_delete = ("on_delete", field.on_delete, inside.and_then(|input| input.on_delete));
    let on_update = ("on_update", field.on_update, inside.and_then(|input| input.on_update));
    for (key, beside, inside) in [on_delete, on_update] {
        let Some((span, _)) = beside else { continue };
        if field.belongs_to.is_none() {
            errors.at(
                span,
                format!("`{key}` of {owner} is for foreign keys; add `belongs_to(name: Model)`"),
            );
        } else if inside.is_some() {
            errors.at(span, format!("`{key}` of {owner} is given twice; remove one"));
        }
    }
}

fn both(inside: &Option<ActionInput>, beside: &Option<ActionInput>) -> Option<ActionInput> {
    inside.or(*beside)
}

fn key_fields<'i>(input: &'i BelongsToInput, model: &Ident, errors: &mut Errors) -> &'i [Ident] {
    match &input.key {
        Some((_, fields)) => fields,
        None => {
            let name = &input.name;
            let message = format!(
                "`belongs_to` of `{model}` must say the fields of its key: `belongs_to({name}: …, key(a, b))`; \
                 for a key of one field put it on that field"
            );
            errors.at(input.span, message);
            &[]
        }
    }
}

fn of_key(
    input: &BelongsToInput,
    key: Vec<usize>,
    actions: [Option<ActionInput>; 2],
    columns: &[Column],
    model: &Ident,
    key_name: &mut dyn FnMut(&[usize]) -> String,
    errors: &mut Errors,
) -> BelongsTo {
    for (span, _) in actions.iter().flatten().filter(|(_, action)| *action == "SetNull") {
        let never_null = |at: &&usize| types::is_named(&columns[**at].ty, &["i16", "i32", "i64", "String", "Uuid"]);
        if let Some(at) = key.iter().find(never_null) {
            let Column { field, ty, .. } = &columns[*at];
            let ty = types::text(ty);
            errors.at(
                *span,
                format!("`{model}.{field}` cannot be set to NULL; make it `Option<{ty}>`"),
            );
        }
    }
    let [on_delete, on_update] = actions.map(|action| action.map_or("NoAction", |(_, action)| action));
    BelongsTo {
        name: input.name.clone(),
        parent: input.parent.clone(),
        key_name: key_name(&key),
        columns: key,
        on_delete,
        on_update,
        inverse: input.inverse.clone(),
    }
}

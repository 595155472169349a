//! From names of fields to positions of columns.

use syn::Ident;
use syn::ext::IdentExt as _;

use super::Column;
use crate::attributes::{Errors, closest, did_you_mean};

/// The fields of a model by name.
pub(super) struct FieldNames<'m> {
    model: &'m Ident,
    columns: &'m [Column],
}

impl<'m> FieldNames<'m> {
    pub(super) fn new(model: &'m Ident, columns: &'m [Column]) -> Self {
        Self { model, columns }
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.field == name)
    }

    /// The column of a field that an attribute names; of an unknown one the closest, and an error.
    pub(super) fn find(&self, field: &Ident, errors: &mut Errors) -> Option<usize> {
        let name = field.unraw().to_string();
        if let Some(at) = self.position(&name) {
            return Some(at);
        }
        let names = || self.columns.iter().map(|column| column.field.as_str());
        let hint = match self.columns.iter().find(|column| column.name == name) {
            Some(column) => format!("; a column is named by its field: `{}`", column.field),
            None => did_you_mean(&name, names()),
        };
        errors.at(field.span(), format!("`{}` has no field `{name}`{hint}", self.model));
        closest(&name, names()).and_then(|name| self.position(name))
    }

    /// The columns of several fields; one that is named twice is an error.
    pub(super) fn find_all<'f>(&self, fields: impl IntoIterator<Item = &'f Ident>, errors: &mut Errors) -> Vec<usize> {
        let mut found = Vec::new();
        for field in fields {
            let Some(at) = self.find(field, errors) else { continue };
            if found.contains(&at) {
                // A misspelt one that is meant to be the same has its error already.
                if field.unraw() == self.columns[at].field {
                    errors.at(field.span(), format!("`{field}` is named twice; remove one"));
                }
            } else {
                found.push(at);
            }
        }
        found
    }
}

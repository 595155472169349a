//! The labels of an enum, one for each variant.

use proc_macro2::{Ident, Span};
use syn::ext::IdentExt as _;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned as _;
use syn::{Fields, Token, Type, Variant};

use super::case::Case;
use crate::attributes::{Attributes, Errors, Key};
use crate::input::last_name;

const KEYS: &[Key] = &[Key::once("rename", "rename = \"label\""), Key::once("other", "other")];

/// The longest name or label that PostgreSQL keeps, in bytes (`NAMEDATALEN` - 1).
const LONGEST_NAME: usize = 63;

/// A variant and the label that it is stored as.
pub(super) struct Known {
    pub(super) variant: Ident,
    pub(super) label: String,
}

/// All variants.
#[derive(Default)]
pub(super) struct Labels {
    /// Those with a label of their own, in order.
    pub(super) known: Vec<Known>,
    /// The one that keeps labels which the program does not know, and the type of its field.
    pub(super) other: Option<(Ident, Type)>,
}

impl Labels {
    /// Reads the variants; `stored_as_enum` says whether PostgreSQL's limit of a label's length applies.
    pub(super) fn read(
        ident: &Ident,
        variants: &Punctuated<Variant, Token![,]>,
        case: Case,
        stored_as_enum: bool,
        errors: &mut Errors,
    ) -> Self {
        let mut labels = Self::default();
        for variant in variants {
            let owner = format!("`{ident}::{}`", variant.ident);
            let mut attributes = Attributes::read(&variant.attrs, &owner, KEYS, errors);
            let rename = attributes.take("rename");
            if let Some(other) = attributes.take("other") {
                if let Some(rename) = rename {
                    errors.at(
                        rename.span(),
                        "the variant with `other` keeps each label as it came; remove `rename`",
                    );
                }
                labels.add_other(variant, &other.flag(), errors);
            } else if is_unit(variant, errors) {
                let text = rename.and_then(|entry| errors.ok(entry.string()));
                let (label, span) = match text {
                    Some(text) => (text.value(), text.span()),
                    None => (case.apply(&variant.ident.unraw().to_string()), variant.ident.span()),
                };
                labels.add(&variant.ident, label, span, stored_as_enum, errors);
            }
        }
        if variants.is_empty() || (labels.known.is_empty() && labels.other.is_some()) {
            errors.at(
                ident.span(),
                format!("the enum `{ident}` has no variant with a label; add one"),
            );
        }
        labels
    }

    fn add(&mut self, variant: &Ident, label: String, span: Span, stored_as_enum: bool, errors: &mut Errors) {
        let checked = if stored_as_enum {
            checked_name(&label, span, "a label of a PostgreSQL enum", errors)
        } else {
            without_nul(&label, span, "a label", errors)
        };
        let Some(label) = checked else {
            return;
        };
        if let Some(first) = self.known.iter().find(|known| known.label == label) {
            errors.at(
                span,
                format!(
                    "`{}` has the label \"{label}\" already; give this one another by `#[orm(rename = \"…\")]`",
                    first.variant
                ),
            );
            return;
        }
        self.known.push(Known {
            variant: variant.clone(),
            label,
        });
    }

    fn add_other(&mut self, variant: &Variant, flag: &syn::Result<Span>, errors: &mut Errors) {
        let span = match flag {
            Ok(span) => *span,
            Err(error) => return errors.push(error.clone()),
        };
        if let Some((first, _)) = &self.other {
            return errors.at(
                span,
                format!("`{first}` is `other` already: one variant keeps all unknown labels"),
            );
        }
        let mut fields = variant.fields.iter();
        match (&variant.fields, fields.next(), fields.next()) {
            (Fields::Unnamed(_), Some(field), None) if last_name(&field.ty).is_some_and(|name| name == "String") => {
                self.other = Some((variant.ident.clone(), field.ty.clone()));
            }
            _ => errors.at(
                variant.ident.span(),
                format!(
                    "the variant with `other` keeps the unknown label; write `{}(String)`",
                    variant.ident
                ),
            ),
        }
    }
}

fn is_unit(variant: &Variant, errors: &mut Errors) -> bool {
    if matches!(variant.fields, Fields::Unit) {
        return true;
    }
    errors.at(
        variant.fields.span(),
        format!(
            "a value of a PostgreSQL enum is only a label, so `{}` can have no fields; remove them, put \
             `#[orm(other)]` on it if it is to keep unknown labels, or store the enum as jsonb with `Json<…>`",
            variant.ident
        ),
    );
    false
}

/// A name or label that PostgreSQL can keep.
pub(super) fn checked_name(name: &str, span: Span, what: &str, errors: &mut Errors) -> Option<String> {
    if name.len() > LONGEST_NAME {
        errors.at(
            span,
            format!(
                "{what} has at most {LONGEST_NAME} bytes, but this one has {}; give a shorter one",
                name.len()
            ),
        );
        return None;
    }
    without_nul(name, span, what, errors)
}

fn without_nul(name: &str, span: Span, what: &str, errors: &mut Errors) -> Option<String> {
    if name.is_empty() {
        errors.at(span, format!("{what} cannot be empty"));
        return None;
    }
    if name.contains('\0') {
        errors.at(span, format!("{what} cannot hold a NUL character (\\0)"));
        return None;
    }
    Some(name.to_owned())
}

//! `#[derive(Insert)]`: a struct of the user's, such as a form, becomes a row of a model.
//!
//! The row is written as a literal of the model's `New…` struct, so that rustc itself names a column that is missing
//! (at `of = User`), unknown or of another type (at the field).

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::{DeriveInput, Ident, Path};

use crate::attributes::{Attributes, Errors, Key};
use crate::input::{NamedField, named_fields};

const KEYS: &[Key] = &[Key::once("of", "of = Model")];

const FIELD_KEYS: &[Key] = &[
    Key::once("with", "with"),
    Key::once("into", "into"),
    Key::once("skip", "skip"),
    Key::once("rename", "rename = \"field_of_the_model\""),
];

/// A field that becomes a column's value.
struct Column {
    /// The model's field.
    name: Ident,
    /// `self.field`, perhaps converted; of one that is set by a method an `Option`.
    value: TokenStream,
    /// Whether it has a default or is generated, so that it is set by a method of `New…`.
    with: bool,
}

pub(crate) fn derive(input: DeriveInput) -> syn::Result<TokenStream> {
    let mut errors = Errors::default();
    let of = model(&input, "Insert", "that it is inserted as", &mut errors);
    let columns: Vec<Column> = named_fields(&input, "Insert", &mut errors)
        .iter()
        .filter_map(|field| column(field, &input, &mut errors))
        .collect();
    match (of, errors.into_error()) {
        (Some(of), None) => Ok(write(&input, &of, &columns)),
        (Some(of), Some(error)) => Ok(stub(&input, &of, &error)),
        (None, error) => Err(error.unwrap_or_else(|| missing_model(&input, "that it is inserted as"))),
    }
}

/// The model of `of = Model`.
pub(crate) fn model(input: &DeriveInput, derive: &str, what: &str, errors: &mut Errors) -> Option<Path> {
    let owner = format!("`{derive}` of `{}`", input.ident);
    let mut attributes = Attributes::read(&input.attrs, &owner, KEYS, errors);
    match attributes.take("of") {
        Some(of) => errors.ok(of.path()),
        None => {
            // A misspelt key is the mistake then, not a missing one.
            if !input.attrs.iter().any(|attribute| attribute.path().is_ident("orm")) {
                errors.push(missing_model(input, what));
            }
            None
        }
    }
}

pub(crate) fn missing_model(input: &DeriveInput, what: &str) -> syn::Error {
    syn::Error::new(
        input.ident.span(),
        format!(
            "`{}` does not say the model {what}; write `#[orm(of = Model)]` above it",
            input.ident
        ),
    )
}

/// `rename = "field"`, else the field's own name.
pub(crate) fn name_in_model(attributes: &mut Attributes, field: &NamedField<'_>, errors: &mut Errors) -> Ident {
    let renamed = attributes.take("rename").and_then(|entry| {
        let text = errors.ok(entry.string())?;
        let name = text.parse_with(Ident::parse_any).map_err(|_| entry.wrong_form());
        errors.ok(name)
    });
    renamed.unwrap_or_else(|| field.ident.clone())
}

fn column(field: &NamedField<'_>, input: &DeriveInput, errors: &mut Errors) -> Option<Column> {
    let mut attributes = Attributes::read(field.attrs, &field.owner(input), FIELD_KEYS, errors);
    let mut flag = |key| attributes.take(key).and_then(|entry| errors.ok(entry.flag()));
    let (with, into, skip) = (flag("with"), flag("into"), flag("skip"));
    if skip.is_some() {
        if let Some(other) = with.or(into) {
            errors.at(other, "a field with `skip` is no column; remove one of the two");
        }
        return None;
    }
    // At the field's type, where a wrong one is corrected.
    let span = field.ty.span();
    let mut ident = field.ident.clone();
    ident.set_span(span);
    let value = match into {
        Some(_) if with.is_some() => {
            quote_spanned!(span=> ::core::option::Option::Some(::core::convert::Into::into(self.#ident)))
        }
        Some(_) => quote_spanned!(span=> ::core::convert::Into::into(self.#ident)),
        None if with.is_some() => quote_spanned!(span=> ::orm::__private::GivesOrDefault::give(self.#ident)),
        None => quote_spanned!(span=> ::orm::__private::Gives::give(self.#ident)),
    };
    Some(Column {
        name: name_in_model(&mut attributes, field, errors),
        value,
        with: with.is_some(),
    })
}

fn write(input: &DeriveInput, of: &Path, columns: &[Column]) -> TokenStream {
    let ident = &input.ident;
    let (generics, arguments, bounds) = input.generics.split_for_impl();
    // The literal's name stands at `of = User`: that is where rustc says which column is missing.
    let new = Ident::new("New", of.span());
    let (with, given): (Vec<&Column>, Vec<&Column>) = columns.iter().partition(|column| column.with);
    let row = if with.is_empty() {
        quote_spanned!(of.span()=> <#of as ::orm::TableModel>::New)
    } else {
        new_with(of)
    };
    let fields = given.iter().map(|Column { name, value, .. }| quote!(#name: #value));
    let with_default = (!with.is_empty()).then(|| quote!(let row = <#row as ::core::convert::From<#new>>::from(row);));
    let setters = with.iter().map(|Column { name, value, .. }| {
        quote! {
            let row = match #value {
                ::core::option::Option::Some(value) => row.#name(value),
                ::core::option::Option::None => row,
            };
        }
    });
    let graph_row = graph_row(input, of, &row);
    quote! {
        #[automatically_derived]
        #[diagnostic::do_not_recommend]
        impl #generics ::orm::IntoInsert<#of> for #ident #arguments #bounds {
            type Row = #row;
            fn into_row(self) -> Self::Row {
                type #new = <#of as ::orm::TableModel>::New;
                let row = #new { #(#fields),* };
                #with_default
                #(#setters)*
                row
            }
        }
        #graph_row
        #[automatically_derived]
        impl #generics ::core::convert::From<#ident #arguments> for #row #bounds {
            fn from(row: #ident #arguments) -> Self {
                ::orm::IntoInsert::<#of>::into_row(row)
            }
        }
    }
}

/// `GraphRow`: it can have children.
fn graph_row(input: &DeriveInput, of: &Path, row: &TokenStream) -> TokenStream {
    let ident = &input.ident;
    let (generics, arguments, bounds) = input.generics.split_for_impl();
    quote! {
        #[automatically_derived]
        #[diagnostic::do_not_recommend]
        impl #generics ::orm::GraphRow for #ident #arguments #bounds {
            type Row = #row;
            type Stored = #of;
            type Kinds = ();
            fn into_parts(self) -> (Self::Row, ()) {
                (::orm::IntoInsert::<#of>::into_row(self), ())
            }
        }
    }
}

/// `blog::NewUserWith` for `blog::User`.
fn new_with(of: &Path) -> TokenStream {
    let mut path = of.clone();
    if let Some(last) = path.segments.last_mut() {
        last.ident = format_ident!("New{}With", last.ident.unraw(), span = last.ident.span());
    }
    quote!(#path)
}

fn stub(input: &DeriveInput, of: &Path, error: &syn::Error) -> TokenStream {
    let error = error.to_compile_error();
    let ident = &input.ident;
    let (generics, arguments, bounds) = input.generics.split_for_impl();
    let graph_row = graph_row(input, of, &quote!(<#of as ::orm::TableModel>::New));
    quote! {
        #error
        #graph_row
        #[diagnostic::do_not_recommend]
        impl #generics ::orm::IntoInsert<#of> for #ident #arguments #bounds {
            type Row = <#of as ::orm::TableModel>::New;
            fn into_row(self) -> Self::Row {
                ::core::unreachable!()
            }
        }
    }
}

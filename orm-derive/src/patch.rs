//! `#[derive(Patch)]`: a struct of `Change<…>` fields becomes assignments of the columns that change.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{DeriveInput, Path, Type};

use crate::attributes::{Attributes, Errors, Key};
use crate::input::{NamedField, last_name, named_fields, option_of};
use crate::insert::{model, name_in_model};

const FIELD_KEYS: &[Key] = &[
    Key::once("skip", "skip"),
    Key::once("rename", "rename = \"field_of_the_model\""),
];

pub(crate) fn derive(input: DeriveInput) -> syn::Result<TokenStream> {
    let mut errors = Errors::default();
    let of = model(&input, "Patch", "that it changes", &mut errors);
    let assignments: Vec<TokenStream> = named_fields(&input, "Patch", &mut errors)
        .iter()
        .filter_map(|field| assignment(field, &input, &mut errors))
        .collect();
    let error = errors.into_error().map(syn::Error::into_compile_error);
    let Some(of) = of else {
        return Ok(error.unwrap_or_default());
    };
    let body = if error.is_some() { None } else { Some(assignments) };
    let written = write(&input, &of, body);
    Ok(quote!(#error #written))
}

/// `if let Change::Set(value) = self.name { … }`.
fn assignment(field: &NamedField<'_>, input: &DeriveInput, errors: &mut Errors) -> Option<TokenStream> {
    let mut attributes = Attributes::read(field.attrs, &field.owner(input), FIELD_KEYS, errors);
    let skip = attributes.take("skip").and_then(|entry| errors.ok(entry.flag()));
    let name = name_in_model(&mut attributes, field, errors);
    if skip.is_some() {
        return None;
    }
    let ident = field.ident;
    let ty = field.ty;
    if last_name(ty).is_none_or(|name| name != "Change") {
        let written = |ty: &Type| quote!(#ty).to_string().replace(' ', "");
        let advice = match option_of(ty) {
            // Whether the column may be NULL is not known here.
            Some(value) => format!(
                "write `Change<{}>`, which keeps the column when it is absent, or `Change<{}>` if the column may be NULL",
                written(value),
                written(ty),
            ),
            None => format!(
                "write `Change<{}>`, which keeps the column when it is absent",
                written(ty)
            ),
        };
        errors.at(ty.span(), format!("a field of a patch is a `Change`; {advice}"));
        return None;
    }
    // A column that cannot be set is an error at the field's name, a wrong type at its type.
    let value = Ident::new("value", ty.span());
    let set = quote_spanned!(ident.span()=> fields.#name.set);
    Some(quote! {
        if let ::orm::Change::Set(#value) = self.#ident {
            changes.push(#set(#value));
        }
    })
}

/// The impl; without assignments, as after an error, it does nothing.
fn write(input: &DeriveInput, of: &Path, assignments: Option<Vec<TokenStream>>) -> TokenStream {
    let ident = &input.ident;
    let (generics, arguments, bounds) = input.generics.split_for_impl();
    let body = match assignments {
        None => quote!(::core::unreachable!()),
        Some(assignments) => quote! {
            let mut changes = ::std::vec::Vec::new();
            #(#assignments)*
            changes
        },
    };
    quote! {
        #[automatically_derived]
        #[diagnostic::do_not_recommend]
        impl #generics ::orm::Patch<#of> for #ident #arguments #bounds {
            #[allow(unused_variables)]
            fn assignments(self, fields: ::orm::FieldsOf<#of>) -> ::std::vec::Vec<::orm::Assign<#of>> {
                #body
            }
        }
    }
}

//! `FromRow`: a model out of a row.

use proc_macro2::TokenStream;
use quote::quote;

use super::super::{Model, local};
use super::{body, db_type, number};

pub(super) fn write(model: &Model) -> TokenStream {
    let ident = &model.ident;
    let width = number(model.columns.len());
    let (row, at, columns) = (local("row"), local("at"), local("columns"));
    let check = body(
        model,
        quote!(::orm::__private::check_columns(<Self as ::orm::Model>::TABLE, #columns)),
    );
    let from_row = body(model, from_row(model));
    let from_row_optional = body(model, from_row_optional(model));
    quote! {
        impl ::orm::FromRow for #ident {
            const WIDTH: usize = #width;
            fn check(#columns: &mut ::orm::Columns<'_>) -> ::core::result::Result<(), ::orm::Error> {
                #check
            }
            #[allow(clippy::diverging_sub_expression)] // The block is left by `break` or `return`.
            fn from_row(#row: &::orm::Row<'_>, #at: usize) -> ::core::result::Result<Self, ::orm::Error> {
                #from_row
            }
            fn from_row_optional(
                #row: &::orm::Row<'_>,
                #at: usize,
            ) -> ::core::result::Result<::core::option::Option<Self>, ::orm::Error> {
                #from_row_optional
            }
        }
    }
}

fn from_row(model: &Model) -> TokenStream {
    let width = number(model.columns.len());
    let (row, at) = (local("row"), local("at"));
    let (column, value, reason) = (local("column"), local("value"), local("reason"));
    let failed = syn::Lifetime::new("'failed", proc_macro2::Span::mixed_site());
    let cells: Vec<_> = (0..model.columns.len())
        .map(|nth| local(&format!("cell_{nth}")))
        .collect();
    let fields = model
        .columns
        .iter()
        .zip(&cells)
        .enumerate()
        .map(|(nth, (definition, cell))| {
            let (ident, decode) = (&definition.ident, db_type(&definition.ty, "decode"));
            let nth = number(nth);
            // No `?`, which costs the compiler twice what this does.
            quote! {
                #ident: match #decode(#cell) {
                    ::core::result::Result::Ok(#value) => #value,
                    ::core::result::Result::Err(#reason) => break #failed (#nth, #reason),
                }
            }
        });
    quote! {
        let [#(#cells),*] = #row.cells::<#width>(#at);
        let (#column, #reason) = #failed: {
            return ::core::result::Result::Ok(Self { #(#fields,)* });
        };
        ::orm::__private::not_decoded(<Self as ::orm::Model>::TABLE, #at, #column, #reason)
    }
}

/// No row: its key is NULL, or all of it for a view, which has none.
fn from_row_optional(model: &Model) -> TokenStream {
    let (row, at) = (local("row"), local("at"));
    let missing = if model.is_table() {
        let keys = model.primary_key.iter().map(|column| {
            let column = number(*column);
            quote!(#row.is_null(#at + #column, 1))
        });
        quote!(#(#keys)&&*)
    } else {
        let width = number(model.columns.len());
        quote!(#row.is_null(#at, #width))
    };
    quote!(#row.unless(#missing, #at))
}

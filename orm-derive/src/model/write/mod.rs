//! The code that `#[derive(Model)]` writes.
//!
//! Paths are absolute, and methods are called through their traits, so nothing that a user defines can get in between.
//! A field's type is only ever written as `<T as DbType>`, with the user's own tokens: a type that is none gives the
//! same error everywhere, at the same place, and rustc shows it once.

mod fields;
mod insert;
mod keys;
mod rows;
mod table;
mod table_model;

use proc_macro2::TokenStream;
use quote::quote;
use syn::Type;

use super::{Column, Model, local};

pub(super) fn write(model: &Model) -> TokenStream {
    let mut code = rows::write(model);
    code.extend(fields::write(model));
    code.extend(table::write(model));
    if model.is_table() {
        code.extend(table_model::write(model));
        code.extend(insert::write(model));
        code.extend(keys::write(model));
    }
    code
}

/// The body of a function: of a broken model it is never run.
fn body(model: &Model, code: TokenStream) -> TokenStream {
    if model.broken {
        quote!(::core::unimplemented!())
    } else {
        code
    }
}

/// `<T as ::orm::DbType>`.
fn db_type(ty: &Type) -> TokenStream {
    quote!(<#ty as ::orm::DbType>)
}

/// What generated items may do that users' lints forbid in their own code: the names and types are the user's.
fn allow() -> TokenStream {
    quote!(#[allow(dead_code, nonstandard_style, private_interfaces)])
}

/// `match column { 0 => <T as DbType>::encode(…, out), … }` over these columns, with the value of each.
fn encode_match(model: &Model, columns: &[usize], value: impl Fn(usize, &Column) -> TokenStream) -> TokenStream {
    let (column, out) = (local("column"), local("out"));
    let arms = columns.iter().enumerate().map(|(nth, at)| {
        let definition = &model.columns[*at];
        let (db_type, value) = (db_type(&definition.ty), value(nth, definition));
        quote!(#at => #db_type::encode(#value, #out),)
    });
    quote! {
        match #column {
            #(#arms)*
            _ => ::core::result::Result::Ok(::orm::IsNull::Yes),
        }
    }
}

/// `::std::vec::Vec<::orm::Param>` of these columns.
fn params(model: &Model, columns: &[usize], value: impl Fn(usize, &Column) -> TokenStream) -> TokenStream {
    let (column, out) = (local("column"), local("out"));
    let encode = encode_match(model, columns, value);
    quote! {
        ::orm::__private::params(<Self as ::orm::Model>::TABLE, &[#(#columns),*], &|#column, #out| #encode)
    }
}

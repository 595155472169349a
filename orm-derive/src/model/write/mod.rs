//! The code that `#[derive(Model)]` writes.
//!
//! Paths are absolute, and methods are called through their traits, so nothing that a user defines can get in between.
//! A field's type is only ever written as `<T as DbType>`, with the user's own tokens: a type that is none gives the
//! same error everywhere, at the same place, and rustc shows it once.

mod fields;
mod insert;
mod insert_exprs;
mod keys;
mod reads;
mod relations;
mod rows;
mod standing;
mod table;
mod table_model;

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::Type;

use super::{Column, Kind, Model, local};

pub(super) fn write(model: &Model) -> TokenStream {
    let mut code = rows::write(model);
    code.extend(fields::write(model));
    code.extend(table::write(model));
    code.extend(relations::write(model));
    code.extend(reads::write(model));
    if let Kind::MaterializedView(_) = model.kind {
        let ident = &model.ident;
        code.extend(quote!(impl ::orm::MaterializedView for #ident {}));
    }
    if model.is_table() {
        code.extend(table_model::write(model));
        code.extend(insert::write(model));
        code.extend(insert_exprs::write(model));
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

/// `<T as ::orm::DbType>::item`, all of it at the place of the field's type.
fn db_type(ty: &Type, item: &str) -> TokenStream {
    let (first, last) = ends(ty);
    let item = Ident::new(item, last);
    let open = quote_spanned!(first=> <);
    let rest = quote_spanned!(last=> as ::orm::DbType>::#item);
    quote!(#open #ty #rest)
}

/// `<<T as ::orm::DbType>::Null as ::orm::Nullness>::NULLABLE`, at the same place.
fn nullable(ty: &Type) -> TokenStream {
    let (first, last) = ends(ty);
    let null = db_type(ty, "Null");
    let open = quote_spanned!(first=> <);
    let rest = quote_spanned!(last=> as ::orm::Nullness>::NULLABLE);
    quote!(#open #null #rest)
}

/// The first and the last token of a type.
fn ends(ty: &Type) -> (Span, Span) {
    let mut tokens = ty.to_token_stream().into_iter();
    let first = tokens.next();
    let last = tokens.last().or_else(|| first.clone());
    let first = first.map_or_else(Span::call_site, |token| token.span());
    (first, last.map_or(first, |token| token.span()))
}

/// A position, as one writes it: without `usize`.
fn number(at: usize) -> Literal {
    Literal::usize_unsuffixed(at)
}

/// What generated items may do that users' lints forbid in their own code: the names and types are the user's.
fn allow() -> TokenStream {
    quote!(#[allow(dead_code, nonstandard_style, private_interfaces)])
}

/// `match column { 0 => <T as DbType>::encode(…, out), … }` over these columns, with the value of each.
fn encode_match(model: &Model, columns: &[usize], value: impl Fn(&Column) -> TokenStream) -> TokenStream {
    let (column, out) = (local("column"), local("out"));
    let arms = columns.iter().map(|at| {
        let definition = &model.columns[*at];
        let (encode, value) = (db_type(&definition.ty, "encode"), value(definition));
        let at = number(*at);
        quote!(#at => #encode(#value, #out),)
    });
    quote! {
        match #column {
            #(#arms)*
            _ => ::core::result::Result::Ok(::orm::IsNull::Yes),
        }
    }
}

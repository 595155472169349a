//! `TableModel`: the statements by key, and their parameters.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::super::{Column, Insert, Model, local, sql};
use super::{body, params};

pub(super) fn write(model: &Model) -> TokenStream {
    let ident = &model.ident;
    let (new, keys) = (format_ident!("New{ident}"), format_ident!("{ident}Keys"));
    let key_type = key_type(model);
    let statements = statements(model);
    let key = local("key");
    let key_value = body(model, key_value(model));
    let mut of_row = model.primary_key.clone();
    of_row.extend(model.version());
    let of_update: Vec<usize> = sql::settable(model).into_iter().chain(of_row.iter().copied()).collect();
    let field = |_: usize, column: &Column| {
        let ident = &column.ident;
        quote!(&self.#ident)
    };
    let of_key = |nth: usize, _: &Column| match model.primary_key.len() {
        1 => quote!(#key),
        _ => {
            let nth = syn::Index::from(nth);
            quote!(&#key.#nth)
        }
    };
    let key_params = body(model, params(model, &model.primary_key, of_key));
    let update_params = body(model, params(model, &of_update, field));
    let delete_params = body(model, params(model, &of_row, field));
    quote! {
        impl ::orm::TableModel for #ident {
            type Key = #key_type;
            type New = #new;
            type Keys = #keys;
            #statements
            fn key(&self) -> Self::Key {
                #key_value
            }
            fn key_params(#key: &Self::Key) -> ::std::vec::Vec<::orm::Param> {
                #key_params
            }
            fn update_params(&self) -> ::std::vec::Vec<::orm::Param> {
                #update_params
            }
            fn delete_params(&self) -> ::std::vec::Vec<::orm::Param> {
                #delete_params
            }
        }
    }
}

fn statements(model: &Model) -> TokenStream {
    let [find, insert, update, delete] = match model.broken {
        true => <[String; 4]>::default(),
        false => {
            let given = model.positions(|column| column.insert == Insert::Required);
            [
                sql::find(model),
                sql::insert(model, &given),
                sql::update(model),
                sql::delete(model),
            ]
        }
    };
    quote! {
        const FIND: &'static str = #find;
        const INSERT: &'static str = #insert;
        const UPDATE: &'static str = #update;
        const DELETE: &'static str = #delete;
    }
}

/// The key's type; in a broken model without a key, that of the first column.
fn key_type(model: &Model) -> TokenStream {
    let mut types = model.primary_key.iter().map(|at| &model.columns[*at].column_ty);
    match model.primary_key.len() {
        0 => {
            let first = model.columns.first().map(|column| &column.column_ty);
            first.map_or_else(|| quote!(()), |ty| quote!(#ty))
        }
        1 => {
            let ty = types.next();
            quote!(#ty)
        }
        _ => quote!((#(#types),*)),
    }
}

fn key_value(model: &Model) -> TokenStream {
    let mut values = model.primary_key.iter().map(|at| {
        let ident = &model.columns[*at].ident;
        quote!(::core::clone::Clone::clone(&self.#ident))
    });
    match model.primary_key.len() {
        1 => values.next().unwrap_or_default(),
        _ => quote!((#(#values),*)),
    }
}

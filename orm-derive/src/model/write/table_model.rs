//! `TableModel`: the statements by key, and their parameters.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::super::{Column, Insert, Model, local, sql};
use super::{body, db_type, encode_match, number};

pub(super) fn write(model: &Model) -> TokenStream {
    let ident = &model.ident;
    let (new, keys) = (format_ident!("New{ident}"), format_ident!("{ident}Keys"));
    let key_type = key_type(model);
    let statements = statements(model);
    let (key, column, nth, out) = (local("key"), local("column"), local("nth"), local("out"));
    let key_value = body(model, key_value(model));
    // The settable columns, the key, the version.
    let mut columns = sql::settable(model);
    columns.extend(&model.primary_key);
    columns.extend(model.version());
    let positions = columns.iter().map(|at| number(*at));
    let field = |column: &Column| {
        let ident = &column.ident;
        quote!(&self.#ident)
    };
    let put = body(model, encode_match(model, &columns, field));
    let put_key = body(model, put_key(model));
    quote! {
        impl ::orm::TableModel for #ident {
            type Key = #key_type;
            type New = #new;
            type Keys = #keys;
            #statements
            const PARAMS: &'static [usize] = &[#(#positions),*];
            fn key(&self) -> Self::Key {
                #key_value
            }
            fn put_key(
                #key: &Self::Key,
                #nth: usize,
                #out: &mut ::orm::Buffer,
            ) -> ::core::result::Result<::orm::IsNull, ::orm::ValueError> {
                #put_key
            }
            fn put_column(
                &self,
                #column: usize,
                #out: &mut ::orm::Buffer,
            ) -> ::core::result::Result<::orm::IsNull, ::orm::ValueError> {
                #put
            }
        }
    }
}

/// The value of one column of the key.
fn put_key(model: &Model) -> TokenStream {
    let (key, nth, out) = (local("key"), local("nth"), local("out"));
    let mut columns = model.primary_key.iter().map(|at| &model.columns[*at]);
    if let (Some(only), None) = (columns.next(), columns.next()) {
        let encode = db_type(&only.ty, "encode");
        return quote!(#encode(#key, #out));
    }
    let arms = model.primary_key.iter().enumerate().map(|(at, column)| {
        let (encode, index) = (db_type(&model.columns[*column].ty, "encode"), syn::Index::from(at));
        let at = number(at);
        quote!(#at => #encode(&#key.#index, #out),)
    });
    quote! {
        match #nth {
            #(#arms)*
            _ => ::core::result::Result::Ok(::orm::IsNull::Yes),
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

//! `NewUser` and `NewUserWith`: rows to insert.
//!
//! `NewUser` has a field for each column that an insert must give, so that rustc names a missing one. Setting any other
//! column makes a `NewUserWith` of it.

use std::collections::HashSet;

use proc_macro2::TokenStream;
use quote::{ToTokens as _, format_ident, quote};
use syn::ext::IdentExt as _;
use syn::{GenericArgument, PathArguments, Type, TypePath};

use super::super::{Column, Insert, Model, local};
use super::{allow, body, db_type, encode_match, number};

pub(super) fn write(model: &Model) -> TokenStream {
    let required = model.positions(|column| column.insert == Insert::Required);
    let optional = model.positions(|column| column.insert == Insert::Optional);
    let mut code = new(model, &required);
    if !optional.is_empty() {
        code.extend(new_with(model, &required, &optional));
        code.extend(setters(model, &optional));
        code.extend(insertable_with(model, &optional));
    }
    code
}

fn columns<'m>(model: &'m Model, positions: &'m [usize]) -> impl Iterator<Item = &'m Column> + Clone {
    positions.iter().map(|at| &model.columns[*at])
}

fn new(model: &Model, required: &[usize]) -> TokenStream {
    let (vis, ident, allow) = (&model.vis, &model.ident, allow());
    let new = format_ident!("New{ident}");
    let doc = format!("A new [`{ident}`]: the columns that an insert must give.");
    let fields = columns(model, required).map(|column| {
        let (ident, ty, doc) = (&column.ident, &column.ty, format!("The column `{}`.", column.name));
        quote! {
            #[doc = #doc]
            pub #ident: #ty
        }
    });
    let column = local("column");
    let gives = match required {
        [] => quote!(false),
        _ => {
            let required = required.iter().map(|at| number(*at));
            quote!(::core::matches!(#column, #(#required)|*))
        }
    };
    let put = encode_match(model, required, |column| {
        let ident = &column.ident;
        quote!(&self.#ident)
    });
    let insertable = insertable(model, &new, false, gives, put);
    let clone = clone(model, &new, required, None);
    let debug = debug(&new);
    quote! {
        #[doc = #doc]
        #allow
        #vis struct #new {
            #(#fields,)*
        }
        #clone
        #debug
        #insertable
    }
}

/// `Debug` of a row. No values: they may be secrets.
fn debug(row: &syn::Ident) -> TokenStream {
    let f = local("f");
    let text = format!("{} {{ .. }}", row.unraw());
    quote! {
        impl ::core::fmt::Debug for #row {
            fn fmt(&self, #f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                ::core::fmt::Formatter::write_str(#f, #text)
            }
        }
    }
}

/// `Clone` of a row, if its types have it: a retried transaction inserts the same row again. `for<'any>` lets the bound be
/// false. Types of the language and `String` have it, and bounds of them would cost the compiler more than all the rest.
fn clone(model: &Model, row: &syn::Ident, positions: &[usize], new: Option<(&syn::Ident, &[usize])>) -> TokenStream {
    let unknown = |positions| -> Vec<&Type> {
        let mut seen = HashSet::new();
        let types = columns(model, positions).filter_map(|column| unknown(&column.ty));
        types
            .filter(|ty| seen.insert(ty.to_token_stream().to_string()))
            .collect()
    };
    let bounds = unknown(positions);
    let new_bound = new.filter(|(_, required)| !unknown(required).is_empty());
    let new_bound = new_bound.map(|(new, _)| quote!(for<'any> #new: ::core::clone::Clone,));
    let new_field = new.map(|_| quote!(__new: ::core::clone::Clone::clone(&self.__new),));
    let fields = columns(model, positions).map(|column| {
        let ident = &column.ident;
        match of_the_language(&column.ty) {
            true => quote!(#ident: self.#ident),
            false => quote!(#ident: ::core::clone::Clone::clone(&self.#ident)),
        }
    });
    quote! {
        impl ::core::clone::Clone for #row
        where
            #new_bound
            #(for<'any> #bounds: ::core::clone::Clone,)*
        {
            fn clone(&self) -> Self {
                Self { #new_field #(#fields,)* }
            }
        }
    }
}

/// Whether a type is `Copy` by its name.
fn of_the_language(ty: &Type) -> bool {
    let Type::Path(TypePath { qself: None, path, .. }) = ty else {
        return false;
    };
    ["bool", "i16", "i32", "i64", "u32", "f32", "f64"]
        .iter()
        .any(|name| path.is_ident(name))
}

/// The part of a type of which its name does not tell that it is `Clone`.
fn unknown(ty: &Type) -> Option<&Type> {
    let Type::Path(TypePath { qself: None, path, .. }) = ty else {
        return Some(ty);
    };
    let Some(segment) = path.segments.last().filter(|_| path.segments.len() == 1) else {
        return Some(ty);
    };
    match (&segment.arguments, segment.ident.to_string().as_str()) {
        (PathArguments::None, "String") => None,
        (PathArguments::AngleBracketed(arguments), "Option" | "Vec") => match arguments.args.first() {
            Some(GenericArgument::Type(of)) => unknown(of),
            _ => Some(ty),
        },
        _ => (!of_the_language(ty)).then_some(ty),
    }
}

/// `Insertable` and `IntoInsert` of a row.
fn insertable(model: &Model, row: &syn::Ident, varies: bool, gives: TokenStream, put: TokenStream) -> TokenStream {
    let ident = &model.ident;
    let (column, out) = (local("column"), local("out"));
    let (gives, put) = (body(model, gives), body(model, put));
    quote! {
        impl ::orm::Insertable for #row {
            type Model = #ident;
            const VARIES: bool = #varies;
            fn gives(&self, #column: usize) -> bool {
                #gives
            }
            fn put(
                &self,
                #column: usize,
                #out: &mut ::orm::Buffer,
            ) -> ::core::result::Result<::orm::IsNull, ::orm::ValueError> {
                #put
            }
        }
        #[diagnostic::do_not_recommend]
        impl ::orm::IntoInsert<#ident> for #row {
            type Row = Self;
            fn into_row(self) -> Self {
                self
            }
        }
    }
}

fn new_with(model: &Model, required: &[usize], optional: &[usize]) -> TokenStream {
    let (vis, ident, allow) = (&model.vis, &model.ident, allow());
    let (new, with) = (format_ident!("New{ident}"), format_ident!("New{ident}With"));
    let doc = format!("A [`{new}`] with columns that the database would fill by itself.");
    let fields = columns(model, optional).map(|column| {
        let (ident, ty) = (&column.ident, &column.ty);
        quote!(#ident: ::core::option::Option<#ty>)
    });
    let unset = columns(model, optional).map(|column| {
        let ident = &column.ident;
        quote!(#ident: ::core::option::Option::None)
    });
    let given = local("new");
    let clone = clone(model, &with, optional, Some((&new, required)));
    let debug = debug(&with);
    quote! {
        #clone
        #[doc = #doc]
        #allow
        #vis struct #with {
            __new: #new,
            #(#fields,)*
        }
        impl ::core::convert::From<#new> for #with {
            fn from(#given: #new) -> Self {
                Self { __new: #given, #(#unset,)* }
            }
        }
        #debug
    }
}

/// A method for each column that can be set, on both structs.
fn setters(model: &Model, optional: &[usize]) -> TokenStream {
    let (ident, allow) = (&model.ident, allow());
    let (new, with) = (format_ident!("New{ident}"), format_ident!("New{ident}With"));
    let value = local("value");
    let doc = |column: &Column| format!("Sets `{}` instead of leaving it to the database.", column.name);
    let on_new = columns(model, optional).map(|column| {
        let (ident, ty, doc) = (&column.ident, &column.ty, doc(column));
        quote! {
            #[doc = #doc]
            pub fn #ident(self, #value: #ty) -> #with {
                <#with as ::core::convert::From<Self>>::from(self).#ident(#value)
            }
        }
    });
    let on_with = columns(model, optional).map(|column| {
        let (ident, ty, doc) = (&column.ident, &column.ty, doc(column));
        quote! {
            #[doc = #doc]
            pub fn #ident(mut self, #value: #ty) -> Self {
                self.#ident = ::core::option::Option::Some(#value);
                self
            }
        }
    });
    quote! {
        #allow
        impl #new {
            #(#on_new)*
        }
        #allow
        impl #with {
            #(#on_with)*
        }
    }
}

fn insertable_with(model: &Model, optional: &[usize]) -> TokenStream {
    let ident = &model.ident;
    let (new, with) = (format_ident!("New{ident}"), format_ident!("New{ident}With"));
    let (column, out, value) = (local("column"), local("out"), local("value"));
    let gives = optional.iter().zip(columns(model, optional)).map(|(at, column)| {
        let (at, ident) = (number(*at), &column.ident);
        quote!(#at => self.#ident.is_some())
    });
    let puts = optional.iter().zip(columns(model, optional)).map(|(at, column)| {
        let (at, ident, encode) = (number(*at), &column.ident, db_type(&column.ty, "encode"));
        quote! {
            #at => match &self.#ident {
                ::core::option::Option::Some(#value) => #encode(#value, #out),
                ::core::option::Option::None => ::core::result::Result::Ok(::orm::IsNull::Yes),
            }
        }
    });
    let gives = quote! {
        match #column {
            #(#gives,)*
            _ => <#new as ::orm::Insertable>::gives(&self.__new, #column),
        }
    };
    let puts = quote! {
        match #column {
            #(#puts,)*
            _ => <#new as ::orm::Insertable>::put(&self.__new, #column, #out),
        }
    };
    insertable(model, &with, true, gives, puts)
}

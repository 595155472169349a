//! The standing filter of a model.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned as _;

use super::super::{Model, local};

/// `Some` of the function that gives the condition for a source, or `None`.
pub(super) fn write(model: &Model) -> TokenStream {
    if model.filters.is_empty() && model.soft_delete.is_none() {
        return quote!(::core::option::Option::None);
    }
    let (ident, name, source) = (&model.ident, local("standing"), local("source"));
    let filters = model.filters.iter().map(|filter| {
        // At the closure: a condition that is none is an error there.
        quote_spanned!(filter.span()=> ::orm::__private::standing::<#ident, _>(#source, #filter))
    });
    let can_be_set = model.soft_delete.map(|at| {
        let ty = &model.columns[at].ty;
        quote_spanned!(ty.span()=> ::orm::__private::deleted_at::<#ty>();)
    });
    let soft_delete = model.soft_delete.map(|at| {
        let at = super::number(at);
        quote!(::orm::__private::not_deleted(#source, <#ident as ::orm::Model>::TABLE, #at))
    });
    let conditions: Vec<TokenStream> = filters.chain(soft_delete).collect();
    let condition = match conditions.as_slice() {
        [only] => only.clone(),
        several => quote!(::orm::__private::all(::std::vec![#(#several),*])),
    };
    quote! {
        ::core::option::Option::Some({
            fn #name(#source: ::orm::Source) -> ::orm::Node {
                #can_be_set
                #condition
            }
            #name
        })
    }
}

/// `Some` of the tenant's column and value, or `None`.
pub(super) fn tenant(model: &Model) -> TokenStream {
    let Some(at) = model.tenant else {
        return quote!(::core::option::Option::None);
    };
    let (column, name) = (&model.columns[at], local("tenant"));
    let (column_name, ty) = (&column.name, &column.ty);
    let value = quote_spanned!(ty.span()=> ::orm::__private::tenant::<#ty>());
    quote! {
        ::core::option::Option::Some({
            fn #name() -> ::orm::Param {
                #value
            }
            ::orm::Tenant { column: #column_name, value: #name }
        })
    }
}

/// Whether rows may be hidden, as a type.
pub(super) fn hidden(model: &Model) -> TokenStream {
    match model.hides() {
        true => quote!(::orm::Nullable),
        false => quote!(::orm::NotNull),
    }
}

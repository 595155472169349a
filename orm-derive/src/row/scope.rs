//! `NameAgeFields`: the columns of a derived table whose rows are `NameAge`, and `InScope`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::DeriveInput;
use syn::ext::IdentExt as _;

use super::Part;

pub(super) fn write(input: &DeriveInput, parts: &[Part<'_>]) -> TokenStream {
    let (ident, vis) = (&input.ident, &input.vis);
    let fields = format_ident!("{}Fields", ident.unraw(), span = ident.span());
    let about = format!("The columns of [`{ident}`] in a query over a derived table that gives it.");
    let columns = parts.iter().map(
        |Part {
             ident,
             ty,
             name,
             nested,
             ..
         }| {
            let doc = format!("What `{name}` is read from.");
            let column = match nested {
                true => quote!(<#ty as ::orm::InScope>::Fields<__N>),
                false => quote!(::orm::Column<(), #ty, ::orm::Computed, __N>),
            };
            quote!(#[doc = #doc] #vis #ident: #column,)
        },
    );
    let impls = impls(input, parts, &fields);
    let reads = reads(&input.ident, parts);
    quote! {
        #[doc = #about]
        #[allow(dead_code, private_interfaces)]
        #vis struct #fields<__N: ::orm::Nullness = ::orm::NotNull> {
            #(#columns)*
            __source: ::orm::Source,
        }
        #impls
        #reads
    }
}

/// Reads every field: those of a row that stands only in derived tables are read by the database, and rustc would say that
/// nobody does.
fn reads(ident: &syn::Ident, parts: &[Part<'_>]) -> TokenStream {
    let names = parts.iter().map(|part| part.ident);
    let values = (0..parts.len()).map(|at| format_ident!("_{at}"));
    quote! {
        #[allow(dead_code)]
        const _: fn(&#ident) = |#ident { #(#names: #values),* }| ();
    }
}

fn impls(input: &DeriveInput, parts: &[Part<'_>], fields: &syn::Ident) -> TokenStream {
    let ident = &input.ident;
    let in_scope = in_scope(ident, parts, fields);
    quote! {
        impl<__N: ::orm::Nullness> ::core::clone::Clone for #fields<__N> {
            fn clone(&self) -> Self {
                *self
            }
        }
        impl<__N: ::orm::Nullness> ::core::marker::Copy for #fields<__N> {}
        #in_scope
        #[diagnostic::do_not_recommend]
        impl<__N: ::orm::Nullness> ::orm::Select for #fields<__N> {
            type Row = __N::Whole<#ident>;
            type Phase = ::orm::PerRow;
            fn append_to(self, items: &mut ::std::vec::Vec<::orm::Node>) {
                <#ident as ::orm::InScope>::append::<__N>(self, items);
            }
        }
    }
}

fn in_scope(ident: &syn::Ident, parts: &[Part<'_>], fields: &syn::Ident) -> TokenStream {
    let values = parts.iter().map(|part| {
        let Part {
            ident, ty, position, ..
        } = part;
        let from = match part.nested {
            true => quote!(<#ty as ::orm::InScope>::fields::<__N>),
            false => quote!(<#ty as ::orm::__private::RowField>::column),
        };
        quote!(#ident: #from(source.skip(#position)),)
    });
    let appended = parts.iter().map(|Part { ident, ty, nested, .. }| match nested {
        true => quote!(<#ty as ::orm::InScope>::append::<__N>(fields.#ident, items);),
        false => quote!(<#ty as ::orm::__private::RowField>::append(fields.#ident, items);),
    });
    let tables = parts.iter().map(|Part { ty, nested, .. }| match nested {
        true => quote!(<#ty as ::orm::InScope>::tables(tables);),
        false => quote!(tables.push(::core::option::Option::None);),
    });
    quote! {
        impl ::orm::InScope for #ident {
            type Fields<__N: ::orm::Nullness> = #fields<__N>;
            type Nullable = ::core::option::Option<Self>;
            type Push<__X: ::orm::InScope> = (Self, __X);
            type Room = ::orm::__private::HasRoom;
            fn fields<__N: ::orm::Nullness>(source: ::orm::Source) -> #fields<__N> {
                #fields { #(#values)* __source: source }
            }
            fn nullable(fields: #fields) -> #fields<::orm::Nullable> {
                <Self as ::orm::InScope>::fields(fields.__source)
            }
            fn push<__X: ::orm::InScope>(
                fields: #fields,
                added: ::orm::InScopeOf<__X>,
            ) -> (#fields, ::orm::InScopeOf<__X>) {
                (fields, added)
            }
            fn map_sources<__N: ::orm::Nullness>(
                fields: #fields<__N>,
                map: &dyn ::core::ops::Fn(::orm::Source) -> ::orm::Source,
            ) -> #fields<__N> {
                <Self as ::orm::InScope>::fields(map(fields.__source))
            }
            fn append<__N: ::orm::Nullness>(fields: #fields<__N>, items: &mut ::std::vec::Vec<::orm::Node>) {
                #(#appended)*
            }
            fn tables(tables: &mut ::std::vec::Vec<::core::option::Option<&'static ::orm::Table>>) {
                #(#tables)*
            }
        }
    }
}

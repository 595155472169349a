//! `UserFields`: the columns in scope.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::super::{Model, Role, local};
use super::{allow, body, number};

pub(super) fn write(model: &Model) -> TokenStream {
    let definition = definition(model);
    let impls = impls(model);
    let loads = loads(model);
    quote! {
        #definition
        #impls
        #loads
    }
}

/// `with` and `select` of a row that a relation leads to. No methods of a trait: rustc would speak of that wherever somebody
/// calls a `select` that is not there.
fn loads(model: &Model) -> TokenStream {
    let (vis, ident, allow) = (&model.vis, &model.ident, allow());
    let fields = format_ident!("{ident}Fields");
    let relations = model.belongs_to.iter().map(|relation| &relation.name);
    let relations: Vec<_> = relations
        .chain(model.has.iter().map(|relation| &relation.name))
        .collect();
    let with = (!relations.iter().any(|name| **name == "with")).then(|| {
        quote! {
            /// Where a relation leads here: that row with what belongs to it, when it is loaded:
            /// `.with(|p| p.author().with(|a| a.posts()))`.
            #vis fn with<__L: ::orm::Load>(
                self,
                load: impl ::core::ops::FnOnce(Self) -> __L,
            ) -> ::orm::OneWith<Self, Self, __L> {
                ::orm::__private::load::one_with(self, load)
            }
        }
    });
    let select = (!relations.iter().any(|name| **name == "select")).then(|| {
        quote! {
            /// Where a relation leads here: of that row only this, when it is loaded:
            /// `.with(|p| p.author().select(|a| (a.id, a.name)))`.
            #vis fn select<__S: ::orm::Select<Phase: ::orm::InSelect>>(
                self,
                select: impl ::core::ops::FnOnce(#fields) -> __S,
            ) -> ::orm::OneSelected<Self, __S> {
                ::orm::__private::load::one_selected(self, select)
            }
        }
    });
    quote! {
        #allow
        impl<__N: ::orm::Nullness> #fields<__N> {
            #with
            #select
        }
    }
}

fn definition(model: &Model) -> TokenStream {
    let (vis, ident, allow) = (&model.vis, &model.ident, allow());
    let fields = format_ident!("{ident}Fields");
    let doc = format!("The columns of [`{ident}`] in a query.");
    let columns = model.columns.iter().map(|column| {
        let (name, ty) = (&column.ident, &column.column_ty);
        let doc = format!("The column `{}`.", column.name);
        let role = match column.role {
            Role::Writable => quote!(Writable),
            Role::PrimaryKey => quote!(PrimaryKey),
            Role::Generated => quote!(Generated),
            Role::Version => quote!(Version),
        };
        quote! {
            #[doc = #doc]
            pub #name: ::orm::Column<#ident, #ty, ::orm::#role, __N>
        }
    });
    // A broken model may have no columns, and then nothing else uses `__N`.
    let nullness = model
        .columns
        .is_empty()
        .then(|| quote!(__nullness: ::core::marker::PhantomData<__N>,));
    quote! {
        #[doc = #doc]
        #allow
        #vis struct #fields<__N: ::orm::Nullness = ::orm::NotNull> {
            #(#columns,)*
            __source: ::orm::Source,
            #nullness
        }
    }
}

fn impls(model: &Model) -> TokenStream {
    let ident = &model.ident;
    let fields = format_ident!("{ident}Fields");
    let (source, columns, items) = (local("source"), local("columns"), local("items"));
    let each = model.columns.iter().enumerate().map(|(at, column)| {
        let (name, at) = (&column.ident, number(at));
        quote!(#name: ::orm::Column::nth(#source, #columns, #at))
    });
    let at = body(
        model,
        quote! {
            let #columns = <#ident as ::orm::Model>::TABLE.columns;
            Self {
                #(#each,)*
                __source: #source,
            }
        },
    );
    quote! {
        impl<__N: ::orm::Nullness> ::core::clone::Clone for #fields<__N> {
            fn clone(&self) -> Self {
                *self
            }
        }
        impl<__N: ::orm::Nullness> ::core::marker::Copy for #fields<__N> {}
        impl<__N: ::orm::Nullness> ::orm::Fields for #fields<__N> {
            type Model = #ident;
            type Null = __N;
            fn at(#source: ::orm::Source) -> Self {
                #at
            }
            fn source(self) -> ::orm::Source {
                self.__source
            }
        }
        #[diagnostic::do_not_recommend]
        impl<__N: ::orm::Nullness, __F: ::orm::WholeRow<#ident>> ::orm::SelectAs<__F> for #fields<__N> {}
        #[diagnostic::do_not_recommend]
        impl<__N: ::orm::Nullness> ::orm::Select for #fields<__N> {
            type Row = __N::Whole<#ident>;
            type Phase = ::orm::PerRow;
            fn append_to(self, #items: &mut ::std::vec::Vec<::orm::Node>) {
                ::orm::__private::select_columns(self.__source, <#ident as ::orm::Model>::TABLE, #items);
            }
        }
    }
}

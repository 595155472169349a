//! `UserReads`: what a field of a shape can name. Its fields are the relations; the columns lie behind it, so that they
//! need not be written again: rustc finds them there, and lists both where a name is neither.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::super::{Model, local};
use super::relations::{belongs_to_type, has_type};
use super::{allow, body};

/// The items of `Model`.
pub(super) fn items(model: &Model) -> TokenStream {
    let (reads, fields) = (name(model), local("fields"));
    let names = relations(model).map(|(name, _)| name);
    let columns = format_ident!("{}Fields", model.ident);
    let value = match is_needed(model) {
        true => quote!(#reads { #(#names: <#columns>::#names,)* __columns: #fields }),
        false => quote!(#fields),
    };
    let body = body(model, value);
    quote! {
        type Reads = #reads;
        fn reads(#fields: #columns) -> #reads {
            #body
        }
    }
}

/// The struct, if there are relations.
pub(super) fn write(model: &Model) -> TokenStream {
    if !is_needed(model) {
        return TokenStream::new();
    }
    let (vis, reads, allow) = (&model.vis, name(model), allow());
    let columns = format_ident!("{}Fields", model.ident);
    let relations = relations(model).map(|(name, to)| quote!(pub #name: fn(#columns) -> #to));
    quote! {
        #[doc(hidden)]
        #allow
        #[allow(clippy::type_complexity)] // As for the relations' methods.
        #vis struct #reads {
            #(#relations,)*
            __columns: #columns,
        }
        impl ::core::ops::Deref for #reads {
            type Target = #columns;
            fn deref(&self) -> &#columns {
                &self.__columns
            }
        }
    }
}

fn is_needed(model: &Model) -> bool {
    !model.belongs_to.is_empty() || !model.has.is_empty()
}

/// `UserReads`, or `UserFields` of a model without relations.
fn name(model: &Model) -> Ident {
    let end = if is_needed(model) { "Reads" } else { "Fields" };
    format_ident!("{}{end}", model.ident)
}

/// The name of each relation, and what it gives.
fn relations(model: &Model) -> impl Iterator<Item = (&Ident, TokenStream)> {
    let belongs_to = model.belongs_to.iter();
    let belongs_to = belongs_to.map(|relation| {
        let to = belongs_to_type(model, relation, &quote!(::orm::NotNull));
        (&relation.name, to)
    });
    let has = model
        .has
        .iter()
        .map(|relation| (&relation.name, has_type(model, relation)));
    belongs_to.chain(has)
}

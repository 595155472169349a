//! `UserReads`: what a field of a shape can name. Its fields are the relations; the columns lie behind it, so that they
//! need not be written again: rustc finds them there, and lists both where a name is neither.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Path;
use syn::spanned::Spanned as _;

use super::super::{Model, local};
use super::relations::{belongs_to_type, has_type};
use super::{allow, body};

/// The items of `Model`.
pub(super) fn items(model: &Model) -> TokenStream {
    let (reads, fields) = (name(model), local("fields"));
    let columns = format_ident!("{}Fields", model.ident);
    // All at the other model: one that is none is then one error, there.
    let methods = relations(model).map(|(name, other, _)| {
        let (mut name, span) = (name.clone(), other.span());
        name.set_span(span);
        quote_spanned!(span=> #name: <#columns>::#name)
    });
    let value = match is_needed(model) {
        true => quote!(#reads { #(#methods,)* __columns: #fields }),
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
    let relations = relations(model).map(|(name, other, to)| {
        let to = quote_spanned!(other.span()=> fn(#columns) -> #to);
        quote!(pub #name: #to)
    });
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

/// The name of each relation, the other model, and what it gives.
fn relations(model: &Model) -> impl Iterator<Item = (&Ident, &Path, TokenStream)> {
    let belongs_to = model.belongs_to.iter();
    let belongs_to = belongs_to.map(|relation| {
        let to = belongs_to_type(model, relation, &quote!(::orm::NotNull));
        (&relation.name, &relation.parent, to)
    });
    let has = model
        .has
        .iter()
        .map(|relation| (&relation.name, &relation.model, has_type(model, relation)));
    belongs_to.chain(has)
}

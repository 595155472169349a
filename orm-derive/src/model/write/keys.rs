//! `UserKeys`: the unique keys, for `on_conflict` and `violates`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::super::{Model, Unique};
use super::table::unique_key;
use super::{allow, body};

pub(super) fn write(model: &Model) -> TokenStream {
    let (vis, ident, allow) = (&model.vis, &model.ident, allow());
    let keys = format_ident!("{ident}Keys");
    let doc = format!("The unique keys of [`{ident}`].");
    let fields = model.keys.iter().map(|Unique { ident, name, .. }| {
        let doc = format!("The key `{name}`.");
        quote! {
            #[doc = #doc]
            pub #ident: ::orm::UniqueKey
        }
    });
    let values = model.keys.iter().map(|key| {
        let (ident, value) = (&key.ident, unique_key(model, key));
        quote!(#ident: #value)
    });
    let values = body(model, quote!(Self { #(#values),* }));
    quote! {
        #[doc = #doc]
        #allow
        #vis struct #keys {
            #(#fields,)*
        }
        impl ::core::default::Default for #keys {
            fn default() -> Self {
                #values
            }
        }
    }
}

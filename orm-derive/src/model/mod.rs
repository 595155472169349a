//! `#[derive(Model)]`.

use proc_macro2::TokenStream;
use syn::DeriveInput;

pub(crate) fn derive(input: DeriveInput) -> syn::Result<TokenStream> {
    Err(syn::Error::new(input.ident.span(), "`Model` cannot be derived yet"))
}

//! `#[derive(DbType)]`: a newtype is stored as what it wraps, a struct with named fields as a composite type.

mod composite;
mod newtype;

use proc_macro2::TokenStream;
use syn::{Data, DeriveInput, Fields};

use crate::attributes::Errors;
use crate::input::{db_type_stub, refuse_generics};

pub(crate) fn derive(input: DeriveInput) -> syn::Result<TokenStream> {
    let mut errors = Errors::default();
    refuse_generics(&input.generics, "DbType", &mut errors);
    let written = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Unnamed(fields) => newtype::write(&input, &fields.unnamed, &mut errors),
            Fields::Named(fields) if !fields.named.is_empty() => composite::write(&input, fields, &mut errors),
            Fields::Named(_) | Fields::Unit => {
                errors.at(
                    input.ident.span(),
                    format!(
                        "`{}` has no fields; write a newtype `(Type)`, or the composite's fields",
                        input.ident
                    ),
                );
                TokenStream::new()
            }
        },
        Data::Enum(data) => {
            errors.at(
                data.enum_token.span,
                "`DbType` is derived for a struct; for an enum derive `DbEnum`",
            );
            TokenStream::new()
        }
        Data::Union(data) => {
            errors.at(
                data.union_token.span,
                "`DbType` is derived for a struct, not for a union",
            );
            TokenStream::new()
        }
    };
    Ok(match errors.into_error() {
        Some(error) => db_type_stub(&input, error),
        None => written,
    })
}

//! Newtypes: stored as what they wrap, but a type of their own in conditions, so that a `PostId` is never compared with
//! a `UserId`. With a name they are a type of the database whose binary format is that of what they wrap.

use proc_macro2::TokenStream;
use quote::quote;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned as _;
use syn::{DeriveInput, Field, Token};

use crate::attributes::{Attributes, Errors, Key};
use crate::db_enum::{optional, type_name};
use crate::input::last_name;
use crate::model::check_type;

const KEYS: &[Key] = &[
    Key::once("name", "name = \"type_name\""),
    Key::once("schema", "schema = \"schema_name\""),
];

pub(super) fn write(input: &DeriveInput, fields: &Punctuated<Field, Token![,]>, errors: &mut Errors) -> TokenStream {
    let ident = &input.ident;
    let mut fields = fields.iter();
    let (Some(field), None) = (fields.next(), fields.next()) else {
        errors.at(
            ident.span(),
            format!("a newtype has one field; write `{ident}(Type)`, or a composite with named fields"),
        );
        return TokenStream::new();
    };
    for attribute in field.attrs.iter().filter(|attribute| attribute.path().is_ident("orm")) {
        errors.at(
            attribute.path().span(),
            format!("the field of the newtype `{ident}` has no keys; `name` and `schema` go above the struct"),
        );
    }
    let mut attributes = Attributes::read(&input.attrs, &format!("newtype `{ident}`"), KEYS, errors);
    let schema = attributes.take("schema");
    let name = attributes.take("name").and_then(|entry| type_name(&entry, errors));
    if let (Some(schema), None) = (&schema, &name) {
        errors.at(
            schema.span(),
            format!("the newtype `{ident}` has a schema and no name; without a type of its own it is stored as what it wraps"),
        );
    }
    let mut checked = field.ty.clone();
    check_type(&mut checked, &format!("what the newtype `{ident}` wraps"), errors);
    let inner = &checked;
    let schema = optional(schema.and_then(|entry| type_name(&entry, errors)).as_ref());
    if last_name(inner).is_some_and(|name| name == "Option") {
        errors.at(
            inner.span(),
            format!("a newtype cannot wrap an `Option`; wrap the type itself, and write `Option<{ident}>` where it may be NULL"),
        );
    }
    let hidden_option =
        format!("the newtype `{ident}` wraps an `Option`; write `Option<{ident}>` where it may be NULL");
    let ty = match &name {
        Some(name) => quote!(&::orm::PgType::named(#schema, #name, ::orm::PgKind::Scalar)),
        None => quote!(<#inner as ::orm::DbType>::TYPE),
    };
    quote! {
        #[automatically_derived]
        #[diagnostic::do_not_recommend]
        impl ::orm::DbType for #ident {
            type Base = Self;
            type Null = ::orm::NotNull;
            const TYPE: &'static ::orm::PgType = #ty;
            const VALUES: ::core::option::Option<&'static [&'static str]> = <#inner as ::orm::DbType>::VALUES;
            #[inline]
            fn encode(&self, out: &mut ::orm::Buffer) -> ::core::result::Result<::orm::IsNull, ::orm::ValueError> {
                <#inner as ::orm::DbType>::encode(&self.0, out)
            }
            #[inline]
            fn decode(cell: ::core::option::Option<&[u8]>) -> ::core::result::Result<Self, ::orm::ValueError> {
                <#inner as ::orm::DbType>::decode(cell).map(Self)
            }
        }
        // Also where an alias hides it.
        const _: () = ::core::assert!(
            !<<#inner as ::orm::DbType>::Null as ::orm::Nullness>::NULLABLE,
            #hidden_option
        );
        // An array element if what it wraps is one; `for<'any>` lets the bound be false.
        #[automatically_derived]
        impl ::orm::Element for #ident where for<'any> #inner: ::orm::Element {}
        #[automatically_derived]
        impl ::orm::MinMax for #ident where for<'any> #inner: ::orm::MinMax {
            type Gives = ::core::option::Option<#ident>;
        }
        ::orm::__db_type_in_rows!(#ident);
        #[automatically_derived]
        #[diagnostic::do_not_recommend]
        impl ::orm::CastTo<#inner> for #ident {}
        #[automatically_derived]
        #[diagnostic::do_not_recommend]
        impl ::orm::CastTo<#ident> for #inner {}
    }
}

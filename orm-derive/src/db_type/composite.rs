//! Composite types: PostgreSQL's `CREATE TYPE … AS (…)`, sent and read field by field as `record_recv` and
//! `record_send` do.

use proc_macro2::{Literal, TokenStream};
use quote::quote;
use syn::ext::IdentExt as _;
use syn::{DeriveInput, FieldsNamed, Ident, Type};

use crate::attributes::{Attributes, Errors, Key};
use crate::db_enum::{optional, snake_case, type_name};
use crate::model::check_type;

const KEYS: &[Key] = &[
    Key::once("name", "name = \"type_name\""),
    Key::once("schema", "schema = \"schema_name\""),
];

const FIELD_KEYS: &[Key] = &[Key::once("rename", "rename = \"field_name\"")];

/// A field under its name in the database.
struct CompositeField<'a> {
    ident: &'a Ident,
    ty: &'a Type,
    name: String,
}

pub(super) fn write(input: &DeriveInput, fields: &FieldsNamed, errors: &mut Errors) -> TokenStream {
    let owner = format!("composite `{}`", input.ident);
    let mut attributes = Attributes::read(&input.attrs, &owner, KEYS, errors);
    let mut named = |key| attributes.take(key).and_then(|entry| type_name(&entry, errors));
    let (schema, name) = (named("schema"), named("name"));
    let name = name.unwrap_or_else(|| snake_case(&input.ident.unraw().to_string()));
    let fields = read_fields(input, fields, errors);
    write_impls(&input.ident, schema.as_ref(), &name, &fields)
}

fn read_fields<'a>(input: &DeriveInput, fields: &'a FieldsNamed, errors: &mut Errors) -> Vec<CompositeField<'a>> {
    let mut read: Vec<CompositeField<'a>> = Vec::new();
    for field in &fields.named {
        let Some(ident) = &field.ident else { continue };
        let owner = format!("`{}.{}`", input.ident, ident.unraw());
        let mut attributes = Attributes::read(&field.attrs, &owner, FIELD_KEYS, errors);
        let rename = attributes.take("rename");
        let span = rename.as_ref().map_or(ident.span(), |entry| entry.span());
        let name = rename
            .and_then(|entry| type_name(&entry, errors))
            .unwrap_or_else(|| ident.unraw().to_string());
        if let Some(first) = read.iter().find(|field| field.name == name) {
            errors.at(
                span,
                format!(
                    "`{}` is the field \"{name}\" already; give this one another name",
                    first.ident
                ),
            );
        }
        check_type(&mut field.ty.clone(), &owner, errors);
        read.push(CompositeField {
            ident,
            ty: &field.ty,
            name,
        });
    }
    read
}

fn write_impls(ident: &Ident, schema: Option<&String>, name: &str, fields: &[CompositeField<'_>]) -> TokenStream {
    let schema = optional(schema);
    let count = Literal::i32_suffixed(i32::try_from(fields.len()).unwrap_or(i32::MAX));
    let described = fields.iter().map(|CompositeField { ty, name, .. }| {
        quote!(::orm::CompositeField { name: #name, ty: <#ty as ::orm::DbType>::TYPE })
    });
    // `<Type as DbType>` everywhere: a field of another type is then one error, however often it is used.
    let put = fields.iter().map(|CompositeField { ident, ty, .. }| {
        let db_type = quote!(<#ty as ::orm::DbType>);
        quote!(::orm::__private::put_composite_field(#db_type::TYPE, out, |out| #db_type::encode(&self.#ident, out))?;)
    });
    let taken = fields.iter().map(|CompositeField { ident, ty, name }| {
        let db_type = quote!(<#ty as ::orm::DbType>);
        quote!(#ident: fields.field(#name, #db_type::TYPE, |cell| #db_type::decode(cell))?,)
    });
    quote! {
        #[automatically_derived]
        #[diagnostic::do_not_recommend]
        impl ::orm::DbType for #ident {
            type Base = Self;
            type Null = ::orm::NotNull;
            const TYPE: &'static ::orm::PgType =
                &::orm::PgType::named(#schema, #name, ::orm::PgKind::Composite(&[#(#described),*]));
            fn encode(&self, out: &mut ::orm::Buffer) -> ::core::result::Result<::orm::IsNull, ::orm::ValueError> {
                out.put(&#count.to_be_bytes());
                #(#put)*
                ::core::result::Result::Ok(::orm::IsNull::No)
            }
            fn decode(cell: ::core::option::Option<&[u8]>) -> ::core::result::Result<Self, ::orm::ValueError> {
                let mut fields = ::orm::__private::CompositeFields::new(cell, #name, #count)?;
                let value = Self { #(#taken)* };
                fields.finish()?;
                ::core::result::Result::Ok(value)
            }
        }
        ::orm::__db_type_in_rows!(#ident, element);
    }
}

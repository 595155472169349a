//! What the derives on plain structs and enums may stand on, and what is left after an error.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::{
    Attribute, Data, DeriveInput, Field, Fields, GenericArgument, GenericParam, Generics, PathArguments, Type,
    parse_quote,
};

use crate::attributes::Errors;

/// A named field of a struct.
pub(crate) struct NamedField<'a> {
    pub(crate) attrs: &'a [Attribute],
    pub(crate) ident: &'a Ident,
    pub(crate) ty: &'a Type,
}

impl NamedField<'_> {
    /// Its name without `r#`.
    pub(crate) fn name(&self) -> String {
        self.ident.unraw().to_string()
    }

    /// How errors call it: `` `User.email` ``.
    pub(crate) fn owner(&self, input: &DeriveInput) -> String {
        format!("`{}.{}`", input.ident, self.name())
    }
}

/// The fields of a struct with named fields, of which there is at least one.
pub(crate) fn named_fields<'a>(input: &'a DeriveInput, derive: &str, errors: &mut Errors) -> Vec<NamedField<'a>> {
    let wanted = format!("`{derive}` is derived for a struct with named fields");
    let fields = match &input.data {
        Data::Struct(data) => &data.fields,
        Data::Enum(data) => {
            errors.at(data.enum_token.span, format!("{wanted}, not for an enum"));
            return Vec::new();
        }
        Data::Union(data) => {
            errors.at(data.union_token.span, format!("{wanted}, not for a union"));
            return Vec::new();
        }
    };
    let named: Vec<_> = fields.iter().filter_map(named).collect();
    match fields {
        Fields::Named(_) if named.is_empty() => {
            errors.at(
                input.ident.span(),
                format!("`{}` has no fields: each is a column", input.ident),
            );
        }
        Fields::Named(_) => {}
        Fields::Unnamed(_) | Fields::Unit => errors.at(input.ident.span(), format!("{wanted}: `{{ name: Type, … }}`")),
    }
    named
}

fn named(field: &Field) -> Option<NamedField<'_>> {
    Some(NamedField {
        attrs: &field.attrs,
        ident: field.ident.as_ref()?,
        ty: &field.ty,
    })
}

/// Notes that there may be no generics.
pub(crate) fn refuse_generics(generics: &Generics, derive: &str, errors: &mut Errors) {
    if let Some(first) = generics.params.first() {
        errors.at(
            first.span(),
            format!("`{derive}` cannot be derived for a generic type; write one type for each use"),
        );
    }
}

/// The last name of a type's path: `Option` of `std::option::Option<T>`.
pub(crate) fn last_name(ty: &Type) -> Option<&Ident> {
    match ty {
        // A type that came through a `macro_rules!` stands in an invisible group.
        Type::Group(group) => last_name(&group.elem),
        Type::Paren(paren) => last_name(&paren.elem),
        Type::Path(path) => path.path.segments.last().map(|segment| &segment.ident),
        _ => None,
    }
}

/// `T` of `Option<T>`, as far as its name tells.
pub(crate) fn option_of(ty: &Type) -> Option<&Type> {
    let path = match ty {
        Type::Group(group) => return option_of(&group.elem),
        Type::Paren(paren) => return option_of(&paren.elem),
        Type::Path(path) => path,
        _ => return None,
    };
    let last = path.path.segments.last().filter(|last| last.ident == "Option")?;
    match &last.arguments {
        PathArguments::AngleBracketed(arguments) => arguments.args.iter().find_map(|argument| match argument {
            GenericArgument::Type(ty) => Some(ty),
            _ => None,
        }),
        _ => None,
    }
}

/// The generics that a stub is written with; `None` where none can be written, as for lifetimes.
pub(crate) fn stub_generics(input: &DeriveInput) -> Option<Generics> {
    let mut generics = input.generics.clone();
    for parameter in &mut generics.params {
        match parameter {
            GenericParam::Type(parameter) => {
                parameter.default = None;
                parameter.bounds.push(parse_quote!(::core::marker::Send));
                parameter.bounds.push(parse_quote!(::core::marker::Sync));
                parameter.bounds.push(parse_quote!('static));
            }
            GenericParam::Const(parameter) => parameter.default = None,
            GenericParam::Lifetime(_) => return None,
        }
    }
    Some(generics)
}

/// The error, and a column type that does nothing, so that no field of this type is an error as well.
pub(crate) fn db_type_stub(input: &DeriveInput, error: syn::Error) -> TokenStream {
    let error = error.into_compile_error();
    let Some(generics) = stub_generics(input) else {
        return error;
    };
    let ident = &input.ident;
    let (generics, arguments, bounds) = generics.split_for_impl();
    let row = row_stub(input);
    quote! {
        #error
        impl #generics ::orm::DbType for #ident #arguments #bounds {
            type Base = Self;
            type Null = ::orm::NotNull;
            const TYPE: &'static ::orm::PgType = ::orm::builtin::TEXT;
            fn encode(&self, _: &mut ::orm::Buffer) -> ::core::result::Result<::orm::IsNull, ::orm::ValueError> {
                ::core::unreachable!()
            }
            fn decode(_: ::core::option::Option<&[u8]>) -> ::core::result::Result<Self, ::orm::ValueError> {
                ::core::unreachable!()
            }
        }
        impl #generics ::orm::Element for #ident #arguments #bounds {}
        #row
    }
}

/// A row that reads nothing.
pub(crate) fn row_stub(input: &DeriveInput) -> TokenStream {
    let Some(generics) = stub_generics(input) else {
        return TokenStream::new();
    };
    let ident = &input.ident;
    let (generics, arguments, bounds) = generics.split_for_impl();
    quote! {
        impl #generics ::orm::FromRow for #ident #arguments #bounds {
            const WIDTH: usize = 1;
            fn check(_: &mut ::orm::Columns<'_>) -> ::core::result::Result<(), ::orm::Error> {
                ::core::unreachable!()
            }
            fn from_row(_: &::orm::Row<'_>, _: usize) -> ::core::result::Result<Self, ::orm::Error> {
                ::core::unreachable!()
            }
            fn from_row_optional(
                _: &::orm::Row<'_>,
                _: usize,
            ) -> ::core::result::Result<::core::option::Option<Self>, ::orm::Error> {
                ::core::unreachable!()
            }
        }
    }
}

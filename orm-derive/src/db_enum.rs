//! `#[derive(DbEnum)]`: an enum of unit variants as a PostgreSQL enum, or as a text that holds only its labels.

mod case;
mod label;

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt as _;
use syn::{Data, DeriveInput, LitStr, Type};

use crate::attributes::{Attributes, Entry, Errors, Key, did_you_mean, list};
use crate::input::{db_type_stub, refuse_generics};
use case::Case;
use label::Labels;

const KEYS: &[Key] = &[
    Key::once("name", "name = \"type_name\""),
    Key::once("schema", "schema = \"schema_name\""),
    Key::once("rename_all", "rename_all = \"snake_case\""),
    Key::once("text", "text"),
];

/// The type that an enum is stored as.
enum Storage {
    /// A PostgreSQL enum of this schema and name.
    Enum { schema: Option<String>, name: String },
    /// `text`.
    Text,
}

pub(crate) fn derive(input: DeriveInput) -> syn::Result<TokenStream> {
    let mut errors = Errors::default();
    let owner = format!("enum `{}`", input.ident);
    let mut attributes = Attributes::read(&input.attrs, &owner, KEYS, &mut errors);
    let Data::Enum(data) = &input.data else {
        errors.at(
            input.ident.span(),
            "`DbEnum` is derived for an enum; `DbType` is for newtypes and composites",
        );
        return Ok(finish(&input, errors, TokenStream::new));
    };
    if !input.generics.params.is_empty() {
        refuse_generics(&input.generics, "DbEnum", &mut errors);
        return Ok(finish(&input, errors, TokenStream::new));
    }
    let case = rename_all(&mut attributes, &mut errors);
    let storage = storage(&mut attributes, &input, &mut errors);
    let labels = Labels::read(
        &input.ident,
        &data.variants,
        case,
        matches!(storage, Storage::Enum { .. }),
        &mut errors,
    );
    Ok(finish(&input, errors, || write(&input, &storage, &labels)))
}

fn finish(input: &DeriveInput, errors: Errors, write: impl FnOnce() -> TokenStream) -> TokenStream {
    match errors.into_error() {
        Some(error) => db_type_stub(input, error),
        None => write(),
    }
}

fn rename_all(attributes: &mut Attributes, errors: &mut Errors) -> Case {
    let named = attributes.take("rename_all").and_then(|entry| {
        let text = errors.ok(entry.string())?;
        let names = Case::ALL.map(|(name, _)| name);
        let case = Case::named(&text.value());
        if case.is_none() {
            let hint = did_you_mean(&text.value(), names);
            errors.at(
                text.span(),
                format!("unknown case{hint}\nvalid cases: {}", list(&names)),
            );
        }
        case
    });
    named.unwrap_or(Case::Snake)
}

fn storage(attributes: &mut Attributes, input: &DeriveInput, errors: &mut Errors) -> Storage {
    let (name, schema) = (attributes.take("name"), attributes.take("schema"));
    let text = attributes.take("text").and_then(|entry| errors.ok(entry.flag()));
    if text.is_some() {
        if let Some(entry) = name.or(schema) {
            errors.at(
                entry.span(),
                "an enum with `text` is stored as text and has no type of its own to name; remove this, or `text`",
            );
        }
        return Storage::Text;
    }
    Storage::Enum {
        schema: schema.and_then(|entry| type_name(&entry, errors)),
        name: name
            .and_then(|entry| type_name(&entry, errors))
            .unwrap_or_else(|| Case::Snake.apply(&input.ident.unraw().to_string())),
    }
}

/// The name of a type or schema.
pub(crate) fn type_name(entry: &Entry, errors: &mut Errors) -> Option<String> {
    let text: LitStr = errors.ok(entry.string())?;
    label::checked_name(&text.value(), text.span(), "a name in PostgreSQL", errors)
}

/// A Rust type's name as PostgreSQL's convention writes it.
pub(crate) fn snake_case(name: &str) -> String {
    Case::Snake.apply(name)
}

/// `Some("schema")` or `None`.
pub(crate) fn optional(schema: Option<&String>) -> TokenStream {
    match schema {
        Some(schema) => quote!(::core::option::Option::Some(#schema)),
        None => quote!(::core::option::Option::None),
    }
}

fn write(input: &DeriveInput, storage: &Storage, labels: &Labels) -> TokenStream {
    let ident = &input.ident;
    let names: Vec<&str> = labels.known.iter().map(|known| known.label.as_str()).collect();
    let ty = match storage {
        Storage::Text => quote!(::orm::builtin::TEXT),
        Storage::Enum { schema, name } => {
            let schema = optional(schema.as_ref());
            quote!(&::orm::PgType::named(#schema, #name, ::orm::PgKind::Enum(&[#(#names),*])))
        }
    };
    let values = (matches!(storage, Storage::Text) && labels.other.is_none()).then(|| {
        quote! {
            const VALUES: ::core::option::Option<&'static [&'static str]> = ::core::option::Option::Some(&[#(#names),*]);
        }
    });
    let (encode, decode) = (encode(labels), decode(ident, labels));
    quote! {
        #[automatically_derived]
        #[diagnostic::do_not_recommend]
        impl ::orm::DbType for #ident {
            type Base = Self;
            type Null = ::orm::NotNull;
            const TYPE: &'static ::orm::PgType = #ty;
            #values
            fn encode(&self, out: &mut ::orm::Buffer) -> ::core::result::Result<::orm::IsNull, ::orm::ValueError> {
                #encode
            }
            fn decode(cell: ::core::option::Option<&[u8]>) -> ::core::result::Result<Self, ::orm::ValueError> {
                #decode
            }
        }
        ::orm::__db_type_in_rows!(#ident, element);
        #[automatically_derived]
        #[diagnostic::do_not_recommend]
        impl ::orm::MinMax for #ident {
            type Gives = ::core::option::Option<Self>;
        }
        #[automatically_derived]
        #[diagnostic::do_not_recommend]
        impl ::orm::CastTo<::std::string::String> for #ident {}
        #[automatically_derived]
        #[diagnostic::do_not_recommend]
        impl ::orm::CastTo<#ident> for ::std::string::String {}
    }
}

fn encode(labels: &Labels) -> TokenStream {
    let arms = labels.known.iter().map(|known| {
        let (variant, label) = (&known.variant, &known.label);
        quote!(Self::#variant => #label,)
    });
    let other = labels
        .other
        .as_ref()
        .map(|(variant, _)| quote!(Self::#variant(label) => return ::orm::DbType::encode(label, out),));
    quote! {
        let label = match self {
            #(#arms)*
            #other
        };
        out.put(label.as_bytes());
        ::core::result::Result::Ok(::orm::IsNull::No)
    }
}

fn decode(ident: &syn::Ident, labels: &Labels) -> TokenStream {
    let arms = labels.known.iter().map(|known| {
        let (variant, label) = (
            &known.variant,
            proc_macro2::Literal::byte_string(known.label.as_bytes()),
        );
        quote!(#label => ::core::result::Result::Ok(Self::#variant),)
    });
    let other: TokenStream = match &labels.other {
        Some((variant, ty)) => {
            let ty: &Type = ty;
            quote!(<#ty as ::orm::DbType>::decode(cell).map(Self::#variant))
        }
        None => {
            let reason = format!(
                "it is no label of the enum `{ident}`; the database may be newer than the program \
                 (`#[orm(other)]` on a variant keeps unknown labels)"
            );
            quote!(::core::result::Result::Err(::orm::ValueError::new(#reason)))
        }
    };
    quote! {
        match cell.ok_or(::orm::ValueError::null())? {
            #(#arms)*
            _ => #other,
        }
    }
}

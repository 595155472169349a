//! `#[derive(Row)]`: a struct that a query selects by the names of its fields.
//!
//! `NameAge` gets a decoder, and beside it `NameAgeExpr` with the same fields, which hold the expressions to select:
//! rustc itself names a field that is missing.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens as _, format_ident, quote};
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::{DeriveInput, Type};

use crate::attributes::{Attributes, Errors, Key};
use crate::input::{NamedField, named_fields, row_stub};

const FIELD_KEYS: &[Key] = &[Key::once("nested", "nested")];

/// A field of the row.
struct Part<'a> {
    ident: &'a Ident,
    ty: &'a Type,
    name: String,
    /// Whether it is a model or a row of its own, of any width; else it is one column.
    nested: bool,
    /// Its position relative to the row's: `2 + <Address as FromRow>::WIDTH`.
    position: TokenStream,
}

pub(crate) fn derive(input: DeriveInput) -> syn::Result<TokenStream> {
    let mut errors = Errors::default();
    if let Some(attribute) = input.attrs.iter().find(|attribute| attribute.path().is_ident("orm")) {
        errors.at(
            attribute.path().span(),
            format!(
                "the row `{}` has no keys; only its fields have one: `#[orm(nested)]`",
                input.ident
            ),
        );
    }
    let fields = named_fields(&input, "Row", &mut errors);
    let (parts, width) = parts(&fields, &input, &mut errors);
    if let Some(error) = errors.into_error() {
        let error = error.into_compile_error();
        let stub = row_stub(&input);
        return Ok(quote!(#error #stub));
    }
    let decoder = decoder(&input.ident, &parts, &width);
    let expressions = expressions(&input, &parts);
    Ok(quote!(#decoder #expressions))
}

/// The fields with their positions, and the width of all.
fn parts<'a>(fields: &'a [NamedField<'a>], input: &DeriveInput, errors: &mut Errors) -> (Vec<Part<'a>>, TokenStream) {
    let mut columns = 0;
    let mut nested_widths = TokenStream::new();
    let position = |columns: usize, nested_widths: &TokenStream| {
        let columns = Literal::usize_unsuffixed(columns);
        quote!(#columns #nested_widths)
    };
    let mut parts = Vec::with_capacity(fields.len());
    for field in fields {
        let mut attributes = Attributes::read(field.attrs, &field.owner(input), FIELD_KEYS, errors);
        let nested = attributes
            .take("nested")
            .and_then(|entry| errors.ok(entry.flag()))
            .is_some();
        let ty = field.ty;
        parts.push(Part {
            ident: field.ident,
            ty,
            name: field.name(),
            nested,
            position: position(columns, &nested_widths),
        });
        if nested {
            nested_widths.extend(quote!(+ <#ty as ::orm::FromRow>::WIDTH));
        } else {
            columns += 1;
        }
    }
    (parts, position(columns, &nested_widths))
}

/// `impl FromRow`.
fn decoder(ident: &Ident, parts: &[Part<'_>], width: &TokenStream) -> TokenStream {
    let checks = parts.iter().map(|Part { ty, nested, .. }| match nested {
        true => quote!(<#ty as ::orm::FromRow>::check(columns)?;),
        false => quote!(columns.next::<#ty>()?;),
    });
    let (read, fields, missing) = if parts.iter().any(|part| part.nested) {
        by_position(parts)
    } else {
        at_once(parts)
    };
    quote! {
        #[automatically_derived]
        impl ::orm::FromRow for #ident {
            const WIDTH: usize = #width;

            fn check(columns: &mut ::orm::Columns<'_>) -> ::core::result::Result<(), ::orm::Error> {
                #(#checks)*
                ::core::result::Result::Ok(())
            }

            fn from_row(row: &::orm::Row<'_>, at: usize) -> ::core::result::Result<Self, ::orm::Error> {
                #read
                ::core::result::Result::Ok(Self { #fields })
            }

            fn from_row_optional(
                row: &::orm::Row<'_>,
                at: usize,
            ) -> ::core::result::Result<::core::option::Option<Self>, ::orm::Error> {
                #missing
            }
        }
    }
}

/// One column each: all cells are asked for at once.
fn at_once(parts: &[Part<'_>]) -> (TokenStream, TokenStream, TokenStream) {
    let read = quote!(let cells = row.cells::<{ Self::WIDTH }>(at););
    let fields = parts.iter().enumerate().map(|(index, Part { ident, name, .. })| {
        let index = Literal::usize_unsuffixed(index);
        quote!(#ident: ::orm::__private::cell(cells[#index], at + #index, #name)?,)
    });
    let missing = parts.iter().enumerate().map(|(index, Part { ty, .. })| {
        let index = Literal::usize_unsuffixed(index);
        quote!(::orm::__private::is_missing::<#ty>(cells[#index]))
    });
    let missing = quote! {
        #read
        if #(#missing)||* {
            return ::core::result::Result::Ok(::core::option::Option::None);
        }
        Self::from_row(row, at).map(::core::option::Option::Some)
    };
    (read.clone(), fields.collect(), missing)
}

/// Some parts are as wide as their types say: each is read at its own position.
fn by_position(parts: &[Part<'_>]) -> (TokenStream, TokenStream, TokenStream) {
    let nested_name = |index: usize| format_ident!("part_{index}", span = Span::mixed_site());
    let cell = |position: &TokenStream| quote!(row.cells::<1>(at + #position)[0]);
    let column = |Part { position, name, .. }: &Part<'_>| {
        let cell = cell(position);
        quote!(::orm::__private::cell(#cell, at + #position, #name)?)
    };
    let fields = parts.iter().map(|part| {
        let Part {
            ident,
            ty,
            nested,
            position,
            ..
        } = part;
        let value = match nested {
            true => quote!(<#ty as ::orm::FromRow>::from_row(row, at + #position)?),
            false => column(part),
        };
        quote!(#ident: #value,)
    });
    let missing = parts.iter().enumerate().map(
        |(
            index,
            Part {
                ty, nested, position, ..
            },
        )| {
            let none = quote!(return ::core::result::Result::Ok(::core::option::Option::None));
            if *nested {
                let name = nested_name(index);
                return quote! {
                    let ::core::option::Option::Some(#name) =
                        <#ty as ::orm::FromRow>::from_row_optional(row, at + #position)?
                    else {
                        #none;
                    };
                };
            }
            let cell = cell(position);
            quote!(if ::orm::__private::is_missing::<#ty>(#cell) { #none; })
        },
    );
    let present = parts.iter().enumerate().map(|(index, part)| {
        let ident = part.ident;
        let value = if part.nested {
            nested_name(index).into_token_stream()
        } else {
            column(part)
        };
        quote!(#ident: #value,)
    });
    let missing = quote! {
        #(#missing)*
        ::core::result::Result::Ok(::core::option::Option::Some(Self { #(#present)* }))
    };
    (TokenStream::new(), fields.collect(), missing)
}

/// `NameAgeExpr` and its `Select`.
fn expressions(input: &DeriveInput, parts: &[Part<'_>]) -> TokenStream {
    let (ident, vis) = (&input.ident, &input.vis);
    let expr = format_ident!("{}Expr", ident.unraw(), span = ident.span());
    let names: Vec<&Ident> = parts.iter().map(|part| part.ident).collect();
    let types: Vec<Ident> = (0..parts.len()).map(|index| format_ident!("Expr{index}")).collect();
    let bounds: Vec<TokenStream> = parts
        .iter()
        .map(|Part { ty, nested, .. }| match nested {
            true => quote!(::orm::Select<Row = #ty>),
            false => quote!(::orm::SelectAs<#ty>),
        })
        .collect();
    let appended = parts.iter().map(|Part { ident, ty, nested, .. }| match nested {
        true => quote!(::orm::Select::append_to(self.#ident, items);),
        false => quote!(items.push(::orm::SelectAs::<#ty>::into_item(self.#ident));),
    });
    let about =
        format!("The columns and expressions that `select` reads [`{ident}`] from, by the names of its fields.");
    let docs = parts.iter().map(|part| match part.nested {
        true => format!("What fills `{}`: a model, or the expressions of a row.", part.name),
        false => format!("What fills `{}`: a column or an expression.", part.name),
    });
    quote! {
        #[doc = #about]
        #vis struct #expr<#(#types),*> {
            #(#[doc = #docs] #vis #names: #types,)*
        }

        #[automatically_derived]
        impl<#(#types: #bounds),*> ::orm::Select for #expr<#(#types),*> {
            type Row = #ident;
            fn append_to(self, items: &mut ::std::vec::Vec<::orm::Node>) {
                #(#appended)*
            }
        }
    }
}

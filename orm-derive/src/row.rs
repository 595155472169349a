//! `#[derive(Row)]`: a struct that a query selects by the names of its fields.
//!
//! `NameAge` gets a decoder, and beside it `NameAgeExpr` with the same fields, which hold the expressions to select:
//! rustc itself names a field that is missing. `NameAgeFields` has them as the columns of a derived table of such rows.

mod scope;

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::{DeriveInput, Type};

use crate::attributes::{Attributes, Errors, Key};
use crate::input::{NamedField, named_fields, refuse_generics, row_stub};

const FIELD_KEYS: &[Key] = &[Key::once("nested", "nested")];

/// A field of the row.
struct Part<'a> {
    ident: &'a Ident,
    ty: &'a Type,
    /// Its name for errors: `NameAge.age`.
    name: String,
    /// Whether it is a model or a row of its own, of any width; else it is one column.
    nested: bool,
    /// Its position relative to the row's: `2 + <Address as FromRow>::WIDTH`.
    position: TokenStream,
}

impl Part<'_> {
    /// Its value from the cell that it is.
    fn read(&self, cell: &TokenStream) -> TokenStream {
        let Part { ty, name, position, .. } = self;
        quote!(<#ty as ::orm::__private::RowField>::read(#cell, at + #position, #name)?)
    }

    /// Whether the cell that it is says that there is no row.
    fn is_missing(&self, cell: &TokenStream) -> TokenStream {
        let ty = self.ty;
        quote!(<#ty as ::orm::__private::RowField>::is_missing(#cell))
    }
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
    refuse_generics(&input.generics, "Row", &mut errors);
    let fields = named_fields(&input, "Row", &mut errors);
    let (parts, width) = parts(&fields, &input, &mut errors);
    let error = errors.into_error().map(syn::Error::into_compile_error);
    if parts.is_empty() || !input.generics.params.is_empty() {
        let stub = row_stub(&input);
        return Ok(quote!(#error #stub));
    }
    let decoder = decoder(&input.ident, &parts, &width);
    let expressions = expressions(&input, &parts);
    let scope = scope::write(&input, &parts);
    Ok(quote!(#error #decoder #expressions #scope))
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
            name: format!("{}.{}", input.ident, field.name()),
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
    let checks = parts.iter().map(|part| {
        let Part { ty, name, .. } = part;
        if part.nested {
            return quote!(<#ty as ::orm::FromRow>::check(columns)?;);
        }
        let column = part.ident.unraw().to_string();
        quote! {
            columns.is_named(#column, #name)?;
            <#ty as ::orm::__private::RowField>::check(columns)?;
        }
    });
    let nullable = parts.iter().map(|Part { ty, nested, .. }| match nested {
        true => quote!(<#ty as ::orm::FromRow>::NULLABLE),
        false => quote!(<#ty as ::orm::__private::RowField>::NULLABLE),
    });
    let (read, fields, optional) = if parts.iter().any(|part| part.nested) {
        by_position(parts)
    } else {
        at_once(parts)
    };
    quote! {
        #[automatically_derived]
        impl ::orm::FromRow for #ident {
            const WIDTH: usize = #width;
            const NULLABLE: bool = #(#nullable)&&*;

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
                if <Self as ::orm::FromRow>::NULLABLE && row.is_null(at, <Self as ::orm::FromRow>::WIDTH) {
                    return ::core::result::Result::Ok(::core::option::Option::None);
                }
                #optional
            }
        }
    }
}

/// The statements that read, the fields of the literal, and the body of `from_row_optional`.
type Decoding = (TokenStream, TokenStream, TokenStream);

/// One column each: all cells are asked for at once.
fn at_once(parts: &[Part<'_>]) -> Decoding {
    let cells = quote!(let cells = row.cells::<{ Self::WIDTH }>(at););
    let cell = |Part { position, .. }: &Part<'_>| quote!(cells[#position]);
    let fields = parts.iter().map(|part| {
        let (ident, value) = (part.ident, part.read(&cell(part)));
        quote!(#ident: #value,)
    });
    let missing = parts.iter().map(|part| part.is_missing(&cell(part)));
    let optional = quote! {
        #cells
        if #(#missing)||* {
            return ::core::result::Result::Ok(::core::option::Option::None);
        }
        Self::from_row(row, at).map(::core::option::Option::Some)
    };
    (cells, fields.collect(), optional)
}

/// Some parts are as wide as their types say: each is read at its own position.
fn by_position(parts: &[Part<'_>]) -> Decoding {
    let cell = |Part { position, .. }: &Part<'_>| quote!(row.cells::<1>(at + #position)[0]);
    let (mut fields, mut checks, mut present) = (TokenStream::new(), TokenStream::new(), TokenStream::new());
    for (index, part) in parts.iter().enumerate() {
        let Part {
            ident, ty, position, ..
        } = part;
        if part.nested {
            let found = format_ident!("part_{index}", span = Span::mixed_site());
            fields.extend(quote!(#ident: <#ty as ::orm::FromRow>::from_row(row, at + #position)?,));
            present.extend(quote!(#ident: #found,));
            checks.extend(quote! {
                let ::core::option::Option::Some(#found) = row.part::<#ty>(at + #position)? else {
                    return ::core::result::Result::Ok(::core::option::Option::None);
                };
            });
        } else {
            let (value, missing) = (part.read(&cell(part)), part.is_missing(&cell(part)));
            fields.extend(quote!(#ident: #value,));
            present.extend(quote!(#ident: #value,));
            checks.extend(quote! {
                if #missing {
                    return ::core::result::Result::Ok(::core::option::Option::None);
                }
            });
        }
    }
    let optional = quote! {
        #checks
        ::core::result::Result::Ok(::core::option::Option::Some(Self { #present }))
    };
    (TokenStream::new(), fields, optional)
}

/// `NameAgeExpr` and its `Select`.
fn expressions(input: &DeriveInput, parts: &[Part<'_>]) -> TokenStream {
    let (ident, vis) = (&input.ident, &input.vis);
    let expr = format_ident!("{}Expr", ident.unraw(), span = ident.span());
    let names: Vec<&Ident> = parts.iter().map(|part| part.ident).collect();
    let types: Vec<Ident> = (0..parts.len())
        .map(|index| format_ident!("Expr{index}", span = input.ident.span()))
        .collect();
    let bounds: Vec<TokenStream> = parts
        .iter()
        .map(|Part { ty, nested, .. }| match nested {
            true => quote_spanned!(ty.span()=> ::orm::Select<Row = #ty>),
            false => quote_spanned!(ty.span()=> ::orm::SelectAs<#ty>),
        })
        .collect();
    let appended = parts.iter().map(|Part { ident, ty, nested, .. }| match nested {
        true => quote!(::orm::Select::append_to(self.#ident, items);),
        false => quote!(items.push(::orm::SelectAs::<#ty>::into_item(self.#ident));),
    });
    let phase = types.iter().rev().fold(
        quote!(::orm::PerRow),
        |rest, ty| quote!(::orm::__private::PartPhase<#ty, #rest>),
    );
    // At the user's tokens: rustc then shows the field that does not fit, and not the derive.
    let target = quote_spanned!(ident.span()=> #expr<#(#types),*>);
    let selectable = quote_spanned!(ident.span()=> ::orm::Selectable);
    let select = quote_spanned!(ident.span()=> ::orm::SelectParts);
    let about =
        format!("The columns and expressions that `select` reads [`{ident}`] from, by the names of its fields.");
    let docs = parts.iter().map(|part| match part.nested {
        true => format!("What fills `{}`: a model, or the expressions of a row.", part.name),
        false => format!("What fills `{}`: a column or an expression.", part.name),
    });
    quote! {
        #[doc = #about]
        #[allow(dead_code, private_bounds)]
        #[derive(::core::clone::Clone)]
        #vis struct #expr<#(#types: #bounds),*> {
            #(#[doc = #docs] #vis #names: #types,)*
        }

        impl<#(#types: #bounds),*> #selectable for #target {
            type This = Self;
        }

        impl<#(#types: #bounds),*> #select for #target {
            type Row = #ident;
            type Phase = #phase;
            fn append_parts(self, items: &mut ::std::vec::Vec<::orm::Node>) {
                #(#appended)*
            }
        }
    }
}

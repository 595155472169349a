//! The code of a shape.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;

use super::{Declared, Field, Modifier, Source, Value};

/// An identifier that no code of the user's can see or shadow.
fn local(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

/// The traits, with the body of `ShapeOf::level`.
pub(super) fn impls(ident: &Ident, declared: &Declared, body: &TokenStream) -> TokenStream {
    let of = &declared.of;
    let (fields, params, items) = (local("fields"), local("params"), local("items"));
    let given = given(declared);
    // At the model: one that is none is an error there.
    quote_spanned! {of.span()=>
        #[automatically_derived]
        impl ::orm::Shape for #ident {
            type Model = #of;
        }
        #[automatically_derived]
        impl ::orm::ReadShape for #ident {}
        #[automatically_derived]
        impl ::orm::ShapeOf<#of> for #ident {
            type Params = #given;
            #[allow(unused_variables)]
            fn level(
                #fields: ::orm::FieldsOf<#of>,
                #params: &#given,
                #items: &mut ::orm::__private::shape::Items,
            ) -> ::std::boxed::Box<dyn ::orm::__private::shape::Level<Self>> {
                #body
            }
        }
    }
}

/// What it takes, as the runtime wants it.
fn given(declared: &Declared) -> TokenStream {
    match &declared.params {
        None => quote!(()),
        Some(given) => quote!(::orm::__private::shape::ShapeParams<#given>),
    }
}

/// The body of a shape that has errors.
pub(super) fn stub() -> TokenStream {
    quote!(::core::unimplemented!())
}

/// The cells of all fields are taken first, then what lies behind them; so all cells are asked for at once.
pub(super) fn body(declared: &Declared, fields: &[Field<'_>]) -> TokenStream {
    let of = &declared.of;
    let (row, reads, shaping) = (local("fields"), local("reads"), local("shaping"));
    let (items, given) = (local("items"), given(declared));
    // At the field's type, as all that is written of it: rustc shows an error there, and once for each place.
    let name = |(at, field): (usize, &Field<'_>)| Ident::new(&format!("__field_{at}"), field.ty.span());
    let names: Vec<Ident> = fields.iter().enumerate().map(name).collect();
    let begun = fields.iter().zip(&names).map(|(field, name)| begin(field, name));
    let parts = fields
        .iter()
        .zip(&names)
        .map(|(field, name)| part(field, name, of, &given));
    let cells = fields.iter().filter(|field| !matches!(field.source, Source::Flattened));
    let cells = proc_macro2::Literal::usize_unsuffixed(cells.count());
    let filled = fields.iter().zip(&names).map(|(field, name)| {
        let (ident, ty) = (field.ident, field.ty);
        let value = quote_spanned!(ty.span()=> ::orm::__private::shape::FillsField::<#ty>::fill(#name));
        quote!(#ident: #value)
    });
    let tree = tree(&names);
    let taken = quote_spanned!(of.span()=> let #reads = <#of as ::orm::Model>::reads(#row););
    quote! {
        #taken
        let mut #shaping = ::orm::__private::shape::Shaping::new(#items);
        #(#begun)*
        #(#parts)*
        #shaping.level::<#cells, Self, _, _>(#tree, |#tree| Self { #(#filled),* })
    }
}

/// Takes the field's cell, if it is one.
fn begin(field: &Field<'_>, name: &Ident) -> Option<TokenStream> {
    let (row, reads, params, shaping) = (local("fields"), local("reads"), local("params"), local("shaping"));
    let (text, span) = (&field.name, field.ty.span());
    let source = match &field.source {
        Source::Flattened => return None,
        // At the name itself: rustc says there that there is no such field.
        Source::Named(named) => {
            let named = quote_spanned!(named.span()=> #reads.#named);
            quote_spanned!(span=> ::orm::__private::shape::read(#named, #row))
        }
        Source::Computed(closure) if closure.inputs.len() == 1 => {
            quote_spanned!(span=> ::orm::__private::shape::computed(#row, #closure))
        }
        Source::Computed(closure) => {
            quote_spanned!(span=> ::orm::__private::shape::computed_with(#row, &#params.0, #closure))
        }
    };
    let source = modified(source, &field.modifiers);
    Some(quote_spanned! {span=>
        let #name = ::orm::__private::shape::begin(#source, #text, &mut #shaping);
    })
}

/// The relation as the field's attributes want it.
fn modified(source: TokenStream, modifiers: &[Modifier]) -> TokenStream {
    let Some(first) = modifiers.first() else { return source };
    let params = local("params");
    // At the first key: what is no relation to many is an error there.
    let many = quote_spanned!(first.key.span()=> ::orm::__private::shape::many(#source));
    modifiers
        .iter()
        .fold(many, |many, Modifier { key, value }| match value {
            Value::Closure(closure) => quote_spanned!(key.span()=> #many.#key(#closure)),
            Value::Plain(value) => quote_spanned!(key.span()=> #many.#key(#value)),
            Value::WithParams(closure) => {
                let key = format_ident!("{}_with", key.unraw(), span = key.span());
                quote_spanned!(key.span()=> #many.#key(&#params.0, #closure))
            }
        })
}

/// What is read besides.
fn part(field: &Field<'_>, name: &Ident, of: &syn::Path, given: &TokenStream) -> TokenStream {
    let (row, params, shaping) = (local("fields"), local("params"), local("shaping"));
    let (ty, span) = (field.ty, field.ty.span());
    match &field.source {
        Source::Flattened => quote_spanned! {span=>
            let #name = ::orm::__private::shape::flattened::<#ty, #of, #given>(#row, #params, #shaping.items());
        },
        _ => quote_spanned! {span=>
            let #name = ::orm::__private::shape::ShapeField::<#ty, #given>::part(#name, #params, #shaping.items());
        },
    }
}

/// The names as a tree of pairs, so that types of many fields are no deeper than those of few.
fn tree(names: &[Ident]) -> TokenStream {
    match names {
        [only] => quote!(#only),
        _ => {
            let (left, right) = names.split_at(names.len() / 2);
            let (left, right) = (tree(left), tree(right));
            quote!((#left, #right))
        }
    }
}

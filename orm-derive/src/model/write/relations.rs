//! Relations: methods of `PostFields`, the metadata that paths are joined by, `KeyTo`, and the traits that bring a
//! method onto the columns of a model of another crate.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens as _, format_ident, quote, quote_spanned};
use syn::Path;
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;

use super::super::relation::{Has, HasKind, Via};
use super::super::{BelongsTo, Model};
use super::{allow, body, ends, nullable, number};

pub(super) fn write(model: &Model) -> TokenStream {
    if model.belongs_to.is_empty() && model.has.is_empty() {
        return TokenStream::new();
    }
    let (fields, allow) = (format_ident!("{}Fields", model.ident), allow());
    let to_one = model.belongs_to.iter().enumerate();
    let to_one = to_one.map(|(at, relation)| belongs_to(model, at, relation));
    let has = model.has.iter().map(|relation| has(model, relation));
    let keys = model.belongs_to.iter().enumerate();
    let keys = keys.map(|(at, relation)| key_to(model, at, relation));
    let inverses = model.belongs_to.iter().enumerate();
    let inverses = inverses.filter_map(|(at, relation)| inverse(model, at, relation));
    let methods = of_rows(model);
    quote! {
        #allow
        #[allow(clippy::type_complexity)] // Whether a row may be missing is computed from its key's columns.
        impl<__N: ::orm::Nullness> #fields<__N> {
            #(#to_one)*
            #(#has)*
        }
        #methods
        #(#keys)*
        #(#inverses)*
    }
}

/// `user.posts()`, `post.author()`: queries of what belongs to a row that the program has. A view's rows have no key.
fn of_rows(model: &Model) -> Option<TokenStream> {
    if !model.is_table() {
        return None;
    }
    let (ident, vis, allow) = (&model.ident, &model.vis, allow());
    let to_one = model.belongs_to.iter().enumerate().map(|(at, relation)| {
        let (name, parent) = (&relation.name, &relation.parent);
        let doc = format!("The row of `{}` that this one belongs to, as a query.", text(parent));
        let gives = quote_spanned!(parent.span()=> <#parent as ::orm::__private::Parent>::Query);
        let at = number(at);
        let body = body(model, quote!(::orm::__private::related_one(self, #at)));
        quote!(#[doc = #doc] #vis fn #name(&self) -> #gives { #body })
    });
    let has = model.has.iter().map(|relation| {
        let Has {
            name,
            model: other,
            kind,
        } = relation;
        let (doc, value) = match kind {
            HasKind::One(_) => {
                let at = number(position(model, name));
                let doc = format!("The row of `{}` that belongs to this one, as a query.", text(other));
                (doc, quote!(::orm::__private::related_one(self, #at)))
            }
            HasKind::Many(_) | HasKind::Through { .. } => {
                let doc = format!("The rows of `{}` that belong to this one, as a query.", text(other));
                (doc, quote!(::orm::__private::related(self, |row| row.#name())))
            }
        };
        let gives = match kind {
            // By the trait that the relation's other code names, so that one mistake is one error.
            HasKind::Many(None) => quote_spanned!(other.span()=> <#other as ::orm::KeyTo<#ident>>::Query),
            HasKind::One(None) => {
                let one_of = one_of(other, ident);
                quote_spanned!(other.span()=> #one_of::Query)
            }
            _ => quote_spanned!(other.span()=> <#other as ::orm::__private::Related>::Query),
        };
        let body = body(model, value);
        quote!(#[doc = #doc] #vis fn #name(&self) -> #gives { #body })
    });
    Some(quote! {
        #allow
        impl #ident {
            #(#to_one)*
            #(#has)*
        }
    })
}

/// The relations to one row, for `Table`: in the order of their positions in paths.
pub(super) fn metadata(model: &Model) -> TokenStream {
    let ident = &model.ident;
    let to_one = model.belongs_to.iter().enumerate().map(|(at, relation)| {
        let name = relation.name.unraw().to_string();
        let (table, parent) = (checked_parent(model, at, relation), &relation.parent);
        let parent = quote_spanned!(parent.span()=> <#parent as ::orm::__private::Parent>::TABLE);
        let columns = relation.columns.iter().map(|at| number(*at));
        let optional = relation.columns.iter().map(|at| nullable(&model.columns[*at].ty));
        // No constraint holds the rows of a view to anything.
        let of_view = (!model.is_table()).then(|| quote!(true ||));
        let keys = function(
            "keys",
            &quote!(::orm::Keys),
            &quote!(::orm::__private::keys_to(<#ident as ::orm::Model>::TABLE, &[#(#columns),*], #parent)),
        );
        quote! {
            ::orm::Relation {
                name: #name,
                table: #table,
                keys: #keys,
                optional: #of_view #(#optional)||*,
            }
        }
    });
    let has_one = model.has.iter().filter_map(|relation| {
        let HasKind::One(via) = &relation.kind else { return None };
        let (name, child) = (relation.name.unraw().to_string(), &relation.model);
        let (table, keys) = match via {
            None => {
                let one_of = one_of(child, ident);
                let keys = quote_spanned!(child.span()=> (#one_of::KEYS)());
                (quote_spanned!(child.span()=> #one_of::TABLE), keys)
            }
            Some(_) => (quote!(<#child as ::orm::Model>::TABLE), keys(child, ident, via)),
        };
        let table = function("table", &quote!(&'static ::orm::Table), &table);
        let keys = function("keys", &quote!(::orm::Keys), &quote!(::orm::__private::swapped(#keys)));
        Some(quote!(::orm::Relation { name: #name, table: #table, keys: #keys, optional: true }))
    });
    quote!(&[#(#to_one,)* #(#has_one,)*])
}

/// The functions that give the parents' tables, which relations and foreign keys name.
pub(super) fn parents(model: &Model) -> TokenStream {
    let functions = model.belongs_to.iter().enumerate().map(|(at, relation)| {
        let (name, parent) = (parent(at), &relation.parent);
        let table = quote_spanned!(parent.span()=> <#parent as ::orm::__private::Parent>::TABLE);
        quote! {
            fn #name() -> &'static ::orm::Table {
                #table
            }
        }
    });
    quote!(#(#functions)*)
}

/// The name of such a function.
pub(super) fn parent(at: usize) -> Ident {
    super::super::local(&format!("table_{at}"))
}

/// The function that gives the parent's table; the key's type is checked besides.
fn checked_parent(model: &Model, at: usize, relation: &BelongsTo) -> TokenStream {
    let (table, parent) = (parent(at), &relation.parent);
    let types = relation.columns.iter().map(|at| &model.columns[*at].ty);
    // At the parent, since a parent that is no model is an error of the whole path.
    let span = parent.span();
    let key = match relation.columns.len() {
        1 => quote!(#(#types)*),
        _ => quote_spanned!(span=> (#(#types),*)),
    };
    quote_spanned!(span=> ::orm::__private::parent::<#key, #parent>(#table))
}

/// A function without parameters. Not a closure: rustc takes a chain of 128 closures, each reached through the one before,
/// for an endless one, as it does with any function that is generic; and a ring of models is such a chain.
fn function(name: &str, gives: &TokenStream, value: &TokenStream) -> TokenStream {
    let name = super::super::local(name);
    quote! {
        {
            fn #name() -> #gives {
                #value
            }
            #name
        }
    }
}

/// `p.author()`
fn belongs_to(model: &Model, at: usize, relation: &BelongsTo) -> TokenStream {
    let (vis, name, parent) = (&model.vis, &relation.name, &relation.parent);
    let keys = relation.columns.iter().map(|at| &model.columns[*at]);
    let fields: Vec<&str> = keys.map(|column| column.field.as_str()).collect();
    let doc = format!(
        "The row of `{}` that `{}` points to; joined once, however often it is named.",
        text(parent),
        fields.join("`, `")
    );
    let to = belongs_to_type(model, relation, &quote!(__N));
    path(model, vis, name, &to, at, &doc)
}

/// What `p.author()` gives where the row at hand is `null`.
pub(super) fn belongs_to_type(model: &Model, relation: &BelongsTo, null: &TokenStream) -> TokenStream {
    let parent = &relation.parent;
    let keys = relation.columns.iter().map(|at| &model.columns[*at]);
    let null = match model.is_table() {
        true => keys.rev().fold(null.clone(), |rest, column| or(&column.ty, &rest)),
        false => quote!(::orm::Nullable),
    };
    quote_spanned!(parent.span()=> <#parent as ::orm::__private::Parent>::Columns<#null>)
}

/// A row that a relation leads to.
fn path(model: &Model, vis: &syn::Visibility, name: &Ident, to: &TokenStream, at: usize, doc: &str) -> TokenStream {
    let at = number(at);
    let body = body(model, quote!(::orm::Fields::at(self.__source.follow(#at))));
    quote! {
        #[doc = #doc]
        #vis fn #name(self) -> #to {
            #body
        }
    }
}

/// `<<T as ::orm::DbType>::Null as ::orm::Nullness>::Or<rest>`, at the field's type.
fn or(ty: &syn::Type, rest: &TokenStream) -> TokenStream {
    let (first, last) = ends(ty);
    let null = super::db_type(ty, "Null");
    let open = quote_spanned!(first=> <);
    let close = quote_spanned!(last=> as ::orm::Nullness>::Or<#rest>);
    quote!(#open #null #close)
}

/// `u.posts()`, `u.profile()`, `p.tags()`
fn has(model: &Model, relation: &Has) -> TokenStream {
    let (vis, ident) = (&model.vis, &model.ident);
    let Has {
        name,
        model: other,
        kind,
    } = relation;
    let (doc, value) = match kind {
        HasKind::Many(via) => {
            let keys = keys(other, ident, via);
            let doc = format!("The rows of `{}` that belong to this one.", text(other));
            let many = quote_spanned!(other.span()=> ::orm::__private::many::<#other>);
            (doc, quote!(#many(self.__source, #keys)))
        }
        HasKind::One(_) => {
            let at = position(model, name);
            let doc = format!(
                "The row of `{}` that belongs to this one; its columns are `Option`s, because there may be none.",
                text(other)
            );
            return path(model, vis, name, &has_type(model, relation), at, &doc);
        }
        HasKind::Through { between, from, to } => {
            let (from, to) = (keys(between, ident, from), keys(between, other, to));
            let doc = format!(
                "The rows of `{}` that rows of `{}` lead to.",
                text(other),
                text(between)
            );
            let many = quote_spanned!(other.span()=> ::orm::__private::many_through::<#other, #between>);
            (doc, quote!(#many(self.__source, #from, #to)))
        }
    };
    let (body, many) = (body(model, value), has_type(model, relation));
    quote! {
        #[doc = #doc]
        #vis fn #name(self) -> #many {
            #body
        }
    }
}

/// What `u.posts()` gives.
pub(super) fn has_type(model: &Model, relation: &Has) -> TokenStream {
    let other = &relation.model;
    match &relation.kind {
        HasKind::One(None) => {
            let one_of = one_of(other, &model.ident);
            quote_spanned!(other.span()=> #one_of::Columns)
        }
        HasKind::One(Some(_)) => quote_spanned!(other.span()=> <#other as ::orm::Model>::Fields<::orm::Nullable>),
        HasKind::Many(_) | HasKind::Through { .. } => quote_spanned!(other.span()=> ::orm::Many<#other>),
    }
}

/// `<Profile as OneOf<User>>`: one that has no key to this model is one error, wherever it is used.
fn one_of(child: &Path, parent: &Ident) -> TokenStream {
    quote_spanned!(child.span()=> <#child as ::orm::__private::OneOf<#parent>>)
}

/// The position of a `has_one` among the relations to one row.
fn position(model: &Model, name: &Ident) -> usize {
    let one = model
        .has
        .iter()
        .filter(|relation| matches!(relation.kind, HasKind::One(_)));
    let before = one.take_while(|relation| relation.name != *name);
    model.belongs_to.len() + before.count()
}

/// The keys of a model to a parent: those of the fields that `via` says, or of its only key.
fn keys(child: &Path, parent: &impl quote::ToTokens, via: &Via) -> TokenStream {
    let Some(via) = via else {
        return quote_spanned!(child.span()=> <#child as ::orm::KeyTo<#parent>>::keys());
    };
    let span = via.first().map_or_else(|| child.span(), Ident::span);
    // All at the user's field: else an error would be at the derive.
    let row = Ident::new("__row", span);
    let columns = match via.as_slice() {
        [only] => quote_spanned!(span=> #row.#only),
        several => quote_spanned!(span=> (#(#row.#several),*)),
    };
    quote_spanned! {span=> {
        let #row: <#child as ::orm::Model>::Fields<::orm::NotNull> = ::orm::Fields::at(::orm::__private::source());
        ::orm::__private::via::<#parent, #child, _>(#columns, <#parent as ::orm::Model>::TABLE)
    }}
}

/// `KeyTo`, if no other key points to the same model.
fn key_to(model: &Model, at: usize, relation: &BelongsTo) -> Option<TokenStream> {
    let last = |path: &Path| path.segments.last().map(|segment| segment.ident.unraw());
    let same = |other: &&BelongsTo| last(&other.parent) == last(&relation.parent);
    if model.belongs_to.iter().filter(same).count() > 1 {
        return None;
    }
    let (ident, parent) = (&model.ident, &relation.parent);
    let keys = body(model, keys_of(&ident.to_token_stream(), at));
    let key_to = quote_spanned!(parent.span()=> ::orm::KeyTo<#parent>);
    Some(quote! {
        impl #key_to for #ident {
            type Query = ::orm::Query<Self>;
            fn keys() -> ::orm::Keys {
                #keys
            }
        }
    })
}

fn keys_of(model: &TokenStream, at: usize) -> TokenStream {
    let at = number(at);
    quote!((<#model as ::orm::Model>::TABLE.relations[#at].keys)())
}

/// A trait that brings a method onto the parent's columns.
fn inverse(model: &Model, at: usize, relation: &BelongsTo) -> Option<TokenStream> {
    let (method, parent) = (relation.inverse.as_ref()?, &relation.parent);
    let (vis, ident, allow) = (&model.vis, &model.ident, allow());
    let name = relation.parent.segments.last()?.ident.unraw();
    let name = format_ident!(
        "{name}{}",
        camel_case(&method.unraw().to_string()),
        span = method.span()
    );
    let about = format!(
        "Brings `{method}()` onto the columns of `{}`: import it where that is called.",
        text(parent)
    );
    let doc = format!("The rows of [`{ident}`] that belong to this one.");
    let keys = keys_of(&ident.to_token_stream(), at);
    let many = body(
        model,
        quote!(::orm::__private::many::<#ident>(::orm::Fields::source(self), #keys)),
    );
    let bound = quote_spanned!(parent.span()=> ::orm::Fields<Model = #parent>);
    Some(quote! {
        #[doc = #about]
        #allow
        #vis trait #name {
            #[doc = #doc]
            fn #method(self) -> ::orm::Many<#ident>;
        }
        #[diagnostic::do_not_recommend]
        impl<__F: #bound> #name for __F {
            fn #method(self) -> ::orm::Many<#ident> {
                #many
            }
        }
    })
}

/// `posts_of_day` as `PostsOfDay`.
fn camel_case(name: &str) -> String {
    let words = name.split('_').filter(|word| !word.is_empty());
    let capital = |word: &str| {
        let mut letters = word.chars();
        let first = letters.next().into_iter().flat_map(char::to_uppercase);
        first.chain(letters).collect::<String>()
    };
    words.map(capital).collect()
}

/// A path as one writes it.
fn text(path: &Path) -> String {
    path.to_token_stream().to_string().replace(' ', "")
}

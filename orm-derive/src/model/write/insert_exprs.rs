//! `NewUserExpr`: a new row made of expressions, for `insert_select` and `merge`.
//!
//! It has the fields of `NewUser`, so rustc names a missing one. Setting any other column makes a `NewUserExprWith` of it.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};

use super::super::{Column, Insert, Model, local};
use super::{allow, number};

/// A column, and its position in the table.
type Given<'m> = (usize, &'m Column);

pub(super) fn write(model: &Model) -> TokenStream {
    let given = |wanted: Insert| -> Vec<Given<'_>> {
        let columns = model.columns.iter().enumerate();
        columns.filter(|(_, column)| column.insert == wanted).collect()
    };
    let (required, optional) = (given(Insert::Required), given(Insert::Optional));
    let mut code = new(model, &required, &optional);
    if !optional.is_empty() {
        code.extend(new_with(model, &optional));
    }
    code
}

fn names(model: &Model) -> (Ident, Ident) {
    let ident = &model.ident;
    (format_ident!("New{ident}Expr"), format_ident!("New{ident}ExprWith"))
}

/// What can be the value of a column: `Assignable<String>`, at the place of its type.
fn assignable((_, column): &Given<'_>) -> TokenStream {
    let ty = &column.ty;
    let span = syn::spanned::Spanned::span(ty);
    quote_spanned!(span=> ::orm::Assignable<#ty>)
}

/// `(position, value)` as a node.
fn node((at, column): &Given<'_>, value: &TokenStream) -> TokenStream {
    let (at, ty) = (number(*at), &column.ty);
    quote!((#at, ::orm::Assignable::<#ty>::into_value(#value)))
}

fn new(model: &Model, required: &[Given<'_>], optional: &[Given<'_>]) -> TokenStream {
    let (vis, of, allow) = (&model.vis, &model.ident, allow());
    let (new, with) = names(model);
    let doc = format!("A new [`{of}`] made of expressions: the columns that an insert must give.");
    let types: Vec<Ident> = (0..required.len()).map(|at| format_ident!("__E{at}")).collect();
    let bounds: Vec<TokenStream> = required.iter().map(assignable).collect();
    let fields = required.iter().zip(&types).map(|((_, column), ty)| {
        let (ident, doc) = (&column.ident, format!("The column `{}`.", column.name));
        quote! {
            #[doc = #doc]
            pub #ident: #ty
        }
    });
    let columns = local("columns");
    let nodes = required.iter().map(|given| {
        let ident = &given.1.ident;
        node(given, &quote!(self.#ident))
    });
    let setters = (!optional.is_empty()).then(|| {
        let setters = setters(optional, &quote!(self), &quote!(#with), |column| {
            let ident = &column.ident;
            let value = local("value");
            quote!(#with { #columns: ::orm::__private::insert_exprs::<#of>(self) }.#ident(#value))
        });
        quote! {
            #allow
            impl<#(#types: #bounds),*> #new<#(#types),*> {
                #setters
            }
        }
    });
    quote! {
        #[doc = #doc]
        #allow
        #vis struct #new<#(#types: #bounds),*> {
            #(#fields,)*
        }
        // Recommended, so that rustc names the field that does not fit.
        impl<#(#types: #bounds),*> ::orm::InsertExprs<#of> for #new<#(#types),*> {
            fn append_to(self, #columns: &mut ::std::vec::Vec<(usize, ::orm::Node)>) {
                #columns.extend([#(#nodes),*]);
            }
        }
        #setters
    }
}

/// A method for each column that the database would fill by itself.
fn setters(
    optional: &[Given<'_>],
    this: &TokenStream,
    with: &TokenStream,
    body: impl Fn(&Column) -> TokenStream,
) -> TokenStream {
    let value = local("value");
    let setters = optional.iter().map(|given| {
        let (column, bound) = (given.1, assignable(given));
        let (ident, body) = (&column.ident, body(column));
        let doc = format!("Sets `{}` instead of leaving it to the database.", column.name);
        quote! {
            #[doc = #doc]
            pub fn #ident(#this, #value: impl #bound) -> #with {
                #body
            }
        }
    });
    quote!(#(#setters)*)
}

fn new_with(model: &Model, optional: &[Given<'_>]) -> TokenStream {
    let (vis, ident, allow) = (&model.vis, &model.ident, allow());
    let (new, with) = names(model);
    let doc = format!("A [`{new}`] with columns that the database would fill by itself.");
    let columns = local("columns");
    let position = |wanted: &Column| optional.iter().find(|(_, column)| column.ident == wanted.ident);
    let setters = setters(optional, &quote!(mut self), &quote!(Self), |column| {
        let value = local("value");
        let node = position(column).map(|given| node(given, &quote!(#value)));
        quote! {
            self.#columns.push(#node);
            self
        }
    });
    quote! {
        #[doc = #doc]
        #allow
        #vis struct #with {
            #columns: ::std::vec::Vec<(usize, ::orm::Node)>,
        }
        #allow
        impl #with {
            #setters
        }
        #[diagnostic::do_not_recommend]
        impl ::orm::InsertExprs<#ident> for #with {
            fn append_to(mut self, #columns: &mut ::std::vec::Vec<(usize, ::orm::Node)>) {
                #columns.append(&mut self.#columns);
            }
        }
    }
}

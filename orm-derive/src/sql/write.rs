//! The code that both macros become.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{Expr, Type};

use super::template::{Part, Template};

/// A static text with numbered parameters, and an `orm::Sql` of it and the captured values.
pub(super) fn statement(template: &Template, captures: &[Expr]) -> TokenStream {
    let mut text = String::new();
    let mut places = TokenStream::new();
    let mut parameters: Vec<(&Expr, &str)> = Vec::new();
    let mut expressions = captures.iter();
    for part in &template.parts {
        let (rust, indexed) = match part {
            Part::Sql(sql) => {
                text.push_str(sql);
                continue;
            }
            Part::Capture(rust, indexed) => (rust, *indexed),
        };
        let Some(expression) = expressions.next() else { continue };
        let index = number_of(expression, rust, &mut parameters);
        // The cast that a type of the user's gets would take the index with it.
        text.push_str(if indexed { "($" } else { "$" });
        text.push_str(&(index + 1).to_string());
        let end = text.len();
        text.push_str(if indexed { ")" } else { "" });
        places.extend(quote!((#end, #index),));
    }
    let names = parameters.iter().map(|(_, rust)| rust);
    let values = parameters.iter().map(|(expression, _)| {
        let value = reference(expression);
        quote_spanned!(expression.span()=> ::orm::Capture::to_param(#value))
    });
    let operation = &template.operation;
    quote! {
        ::orm::Sql::new(
            {
                static TEXT: ::orm::__private::SqlText = ::orm::__private::SqlText {
                    text: #text,
                    places: &[#places],
                    captures: &[#(#names),*],
                    operation: #operation,
                    file: ::core::file!(),
                    line: ::core::line!(),
                    column: ::core::column!(),
                };
                ::orm::__register_sql!(TEXT);
                &TEXT
            },
            ::std::vec::Vec::from([#(#values),*]),
        )
    }
}

/// The position of a parameter: a name that is captured again is the same one.
fn number_of<'a>(expression: &'a Expr, rust: &'a str, parameters: &mut Vec<(&'a Expr, &'a str)>) -> usize {
    let name = as_name(expression);
    let known = name.and_then(|name| parameters.iter().position(|(known, _)| as_name(known) == Some(name)));
    known.unwrap_or_else(|| {
        parameters.push((expression, rust));
        parameters.len() - 1
    })
}

fn as_name(expression: &Expr) -> Option<&Ident> {
    match expression {
        Expr::Path(path) if path.attrs.is_empty() => path.path.get_ident(),
        _ => None,
    }
}

/// An `orm::Expr` of fixed pieces around the captured values, columns and expressions.
pub(super) fn expression(template: &Template, captures: &[Expr], ty: &Type) -> TokenStream {
    let (open, close) = if template.is_atom { ("", "") } else { ("(", ")") };
    let mut pieces = vec![open.to_owned()];
    for part in &template.parts {
        match (part, pieces.last_mut()) {
            (Part::Sql(sql), Some(piece)) => piece.push_str(sql),
            _ => pieces.push(String::new()),
        }
    }
    if let Some(last) = pieces.last_mut() {
        last.push_str(close);
    }
    let arguments = captures.iter().map(|expression| {
        let value = reference(expression);
        quote_spanned!(expression.span()=> ::orm::SqlArgument::to_node(#value))
    });
    // At the type, where an error about it belongs.
    quote_spanned! {ty.span()=>
        <#ty as ::orm::__private::SqlType<_>>::sql_expr(&[#(#pieces),*], ::std::vec::Vec::from([#(#arguments),*]))
    }
}

/// By reference: a captured value stays the user's, as in `format!`. All at the text's span, where errors about it belong.
fn reference(expression: &Expr) -> TokenStream {
    match expression {
        Expr::Path(_) | Expr::Field(_) | Expr::Call(_) | Expr::MethodCall(_) | Expr::Lit(_) | Expr::Reference(_) => {
            quote_spanned!(expression.span()=> &#expression)
        }
        _ => quote_spanned!(expression.span()=> &(#expression)),
    }
}

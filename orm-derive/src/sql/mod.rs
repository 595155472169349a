//! `sql!` and `sql_expr!`: SQL text that is fixed at compile time, with Rust values in braces.
//!
//! The text is taken apart into tokens ([`lexer`]), checked ([`template`]) and written as fixed pieces around parameters
//! ([`write`]). A value never becomes text: a capture that stands where no parameter can is an error.

mod lexer;
#[cfg(test)]
mod lexer_tests;
mod rust;
mod template;
#[cfg(test)]
mod template_tests;
mod write;

use proc_macro2::{Span, TokenStream};
use syn::parse::{Parse, ParseStream};
use syn::{Error, Expr, LitStr, Result, Token, Type};

use template::{Form, Part, Problem, Template};

/// `sql!("…")`.
pub(crate) fn sql(input: TokenStream) -> Result<TokenStream> {
    let Statement { text } = syn::parse2(input)?;
    let template = parse(&text, Form::Statement)?;
    Ok(write::statement(&template, &captures(&template, &text)?))
}

/// `sql_expr!("…" => Type)`.
pub(crate) fn sql_expr(input: TokenStream) -> Result<TokenStream> {
    let Expression { text, ty } = syn::parse2(input)?;
    let template = parse(&text, Form::Expression)?;
    Ok(write::expression(&template, &captures(&template, &text)?, &ty))
}

struct Statement {
    text: LitStr,
}

impl Parse for Statement {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let text = parse_text(input, "sql!(\"SELECT … WHERE id = {id}\")")?;
        input.parse::<Option<Token![,]>>()?;
        if !input.is_empty() {
            return Err(input.error("`sql!` takes its text and nothing else; values go into braces: `{value}`"));
        }
        Ok(Self { text })
    }
}

struct Expression {
    text: LitStr,
    ty: Type,
}

impl Parse for Expression {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let text = parse_text(input, "sql_expr!(\"lower({u.name})\" => String)")?;
        if input.parse::<Option<Token![=>]>>()?.is_none() {
            const MISSING: &str = "say the Rust type that it gives: `sql_expr!(\"lower({u.name})\" => String)`";
            let span = if input.is_empty() { text.span() } else { input.span() };
            return Err(Error::new(span, MISSING));
        }
        let ty = input.parse()?;
        input.parse::<Option<Token![,]>>()?;
        if !input.is_empty() {
            return Err(input.error("`sql_expr!` takes a text and a type; values go into braces: `{value}`"));
        }
        Ok(Self { text, ty })
    }
}

fn parse_text(input: ParseStream<'_>, usage: &str) -> Result<LitStr> {
    if input.is_empty() {
        return Err(Error::new(
            Span::call_site(),
            format!("the SQL text is missing: `{usage}`"),
        ));
    }
    let span = input.span();
    input.parse().map_err(|_| {
        Error::new(
            span,
            "SQL text is fixed at compile time: write it here as a string literal; values go into braces: `{value}`",
        )
    })
}

fn parse(text: &LitStr, form: Form) -> Result<Template> {
    let value = text.value();
    Template::parse(&value, form).map_err(|problem| at(text, &value, &problem))
}

/// The error at the literal, as rustc gives no place inside of it; so it quotes the part that is meant.
fn at(text: &LitStr, value: &str, Problem { message, at }: &Problem) -> Error {
    let part = shortened(&value[at.clone()]);
    let message = match part.as_str() {
        "" => message.clone(),
        part => format!("{message}\n\nin the text: {part}"),
    };
    Error::new(text.span(), message)
}

/// In one line, and no longer than a reader needs to find it.
fn shortened(part: &str) -> String {
    const MOST: usize = 60;
    let words = part.split_whitespace().collect::<Vec<_>>().join(" ");
    match words.char_indices().nth(MOST) {
        Some((end, _)) => format!("{} …", &words[..end]),
        None => words,
    }
}

/// The expressions of all captures, in order.
fn captures(template: &Template, text: &LitStr) -> Result<Vec<Expr>> {
    let captures = template.parts.iter().filter_map(|part| match part {
        Part::Capture(rust, _) => Some(rust),
        Part::Sql(_) => None,
    });
    captures
        .map(|rust| {
            // At the literal's span, so that names mean what they mean to whoever wrote it.
            LitStr::new(rust, text.span()).parse().map_err(|error| {
                let advice = match rust.split_once(':') {
                    Some((value, _)) if syn::parse_str::<Expr>(value).is_ok() => {
                        format!("; a parameter has no format: write `{{{value}}}`")
                    }
                    _ => String::new(),
                };
                let message = format!("`{{{}}}` is no Rust expression: {error}{advice}", shortened(rust));
                Error::new(text.span(), message)
            })
        })
        .collect()
}

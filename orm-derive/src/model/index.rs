//! How `index(…)`, `unique(…)` and `check(…)` are written.

use proc_macro2::Span;
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{Ident, LitStr, Token};

use super::parse::field_names;
use crate::attributes::{Entry, did_you_mean};

/// `index(author_id, created_at desc nulls last, where = "…", include(x, y), name = "…", using = "gin")`, or the same
/// as `unique(…)`.
pub(super) struct IndexInput {
    pub(super) span: Span,
    pub(super) columns: Vec<IndexColumnInput>,
    pub(super) include: Vec<Ident>,
    pub(super) filter: Option<LitStr>,
    pub(super) name: Option<LitStr>,
    pub(super) method: Option<LitStr>,
}

impl IndexInput {
    /// An index or key over one field.
    pub(super) fn of_field(span: Span, field: &Ident, name: Option<LitStr>) -> Self {
        let column = IndexColumnInput {
            field: field.clone(),
            descending: false,
            nulls_first: None,
            direction: None,
        };
        Self {
            columns: vec![column],
            name,
            ..Self::empty(span)
        }
    }

    fn empty(span: Span) -> Self {
        Self {
            span,
            columns: Vec::new(),
            include: Vec::new(),
            filter: None,
            name: None,
            method: None,
        }
    }
}

/// A field with its direction.
pub(super) struct IndexColumnInput {
    pub(super) field: Ident,
    pub(super) descending: bool,
    pub(super) nulls_first: Option<bool>,
    /// Where a direction or `nulls` stands, if one does.
    pub(super) direction: Option<Span>,
}

/// `check = "sql"` or `check("sql", name = "…")`.
pub(super) struct CheckInput {
    pub(super) span: Span,
    pub(super) sql: LitStr,
    pub(super) name: Option<LitStr>,
}

pub(super) fn read_check(entry: &Entry) -> syn::Result<CheckInput> {
    let span = entry.span();
    if !entry.is_list() {
        let sql = entry.string()?;
        return Ok(CheckInput { span, sql, name: None });
    }
    entry.list(|input: ParseStream<'_>| {
        let sql = input.parse()?;
        let mut name = None;
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
        if !input.is_empty() {
            let key = input.call(Ident::parse_any)?;
            if key != "name" {
                return Err(syn::Error::new(key.span(), "a check has the SQL and `name = \"…\"`"));
            }
            input.parse::<Token![=]>()?;
            name = Some(input.parse()?);
        }
        Ok(CheckInput { span, sql, name })
    })
}

pub(super) fn read_index(entry: &Entry) -> syn::Result<IndexInput> {
    let mut index = IndexInput::empty(entry.span());
    entry.list(|input: ParseStream<'_>| {
        while !input.is_empty() {
            let word = input.call(Ident::parse_any)?;
            // A field may be called `name` or `include`, so what follows decides.
            if input.peek(Token![=]) {
                read_option(&mut index, &word, input)?;
            } else if input.peek(syn::token::Paren) {
                read_include(&mut index, &word, input)?;
            } else {
                index.columns.push(read_column(word, input)?);
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(())
    })?;
    if index.columns.is_empty() {
        return Err(entry.wrong_form());
    }
    Ok(index)
}

fn read_option(index: &mut IndexInput, key: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
    let slot = match key.to_string().as_str() {
        "where" => &mut index.filter,
        "name" => &mut index.name,
        "using" => &mut index.method,
        other => return Err(unknown_option(key, other)),
    };
    if slot.is_some() {
        return Err(syn::Error::new(
            key.span(),
            format!("`{key}` is given twice; remove one"),
        ));
    }
    input.parse::<Token![=]>()?;
    *slot = Some(input.parse()?);
    Ok(())
}

fn read_include(index: &mut IndexInput, key: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
    if key != "include" {
        return Err(unknown_option(key, &key.to_string()));
    }
    let arguments;
    syn::parenthesized!(arguments in input);
    index.include = field_names(&arguments)?;
    Ok(())
}

fn unknown_option(key: &Ident, name: &str) -> syn::Error {
    let hint = did_you_mean(name, ["where", "include", "name", "using"]);
    syn::Error::new(
        key.span(),
        format!(
            "an index has no option `{name}`{hint}\n\
             valid options: `where = \"…\"`, `include(…)`, `name = \"…\"`, `using = \"…\"`"
        ),
    )
}

/// `field`, `field desc`, `field asc nulls first` …
fn read_column(field: Ident, input: ParseStream<'_>) -> syn::Result<IndexColumnInput> {
    let mut column = IndexColumnInput {
        field,
        descending: false,
        nulls_first: None,
        direction: None,
    };
    while !input.is_empty() && !input.peek(Token![,]) {
        let word: Ident = input.call(Ident::parse_any)?;
        match word.to_string().as_str() {
            "asc" => {}
            "desc" => column.descending = true,
            "nulls" => {
                let place = input.call(Ident::parse_any)?;
                column.nulls_first = Some(match place.to_string().as_str() {
                    "first" => true,
                    "last" => false,
                    _ => return Err(syn::Error::new(place.span(), "expected `nulls first` or `nulls last`")),
                });
            }
            _ => {
                return Err(syn::Error::new(
                    word.span(),
                    "expected `,`, `asc`, `desc`, `nulls first` or `nulls last` after a field",
                ));
            }
        }
        column.direction = Some(word.span());
    }
    Ok(column)
}

//! How relations are written: `belongs_to(author: User, inverse = posts)`, `has_many(posts: Post, via = author_id)`,
//! `many_to_many(tags: Tag, through = PostTag)`.

use proc_macro2::Span;
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{Ident, Path, Token, parenthesized};

use crate::attributes::{Entry, Errors, closest, did_you_mean, list};

/// A key of this model that points to another one.
pub(super) struct BelongsToInput {
    pub(super) name: Ident,
    pub(super) parent: Path,
    /// The fields of the key, if they are written.
    pub(super) key: Option<(Span, Vec<Ident>)>,
    pub(super) on_delete: Option<ActionInput>,
    pub(super) on_update: Option<ActionInput>,
    /// The method that the parent's fields get.
    pub(super) inverse: Option<Ident>,
    /// Where `belongs_to` stands.
    pub(super) span: Span,
}

/// Where the key stands, and the variant of `Action`.
pub(super) type ActionInput = (Span, &'static str);

/// Rows of another model whose key points to this one.
pub(super) struct HasInput {
    pub(super) has: Has,
    /// Where `has_many` stands.
    pub(super) span: Span,
}

/// The same, as it is needed to write code.
pub(super) struct Has {
    pub(super) name: Ident,
    pub(super) model: Path,
    pub(super) kind: HasKind,
}

/// The key's fields in the other model, where they are written; else there is only one key.
pub(super) type Via = Option<Vec<Ident>>;

pub(super) enum HasKind {
    Many(Via),
    One(Via),
    /// The model between, and its keys to this model and to the other one.
    Through {
        between: Path,
        from: Via,
        to: Via,
    },
}

/// `name: path::Model`, and options.
struct Written {
    name: Ident,
    model: Path,
    options: Vec<(Ident, Value)>,
}

/// What stands behind an option's name.
enum Value {
    /// `= path`
    Is(Path),
    /// `(names)`
    List(Vec<Ident>),
}

/// `belongs_to(author: User, …)`; `this` is what `Self` means.
pub(super) fn read_belongs_to(entry: &Entry, this: &Ident, errors: &mut Errors) -> Option<BelongsToInput> {
    const OPTIONS: &[&str] = &["key", "on_delete", "on_update", "inverse"];
    let Written { name, model, options } = read(entry, this, OPTIONS, errors)?;
    let mut relation = BelongsToInput {
        name,
        parent: model,
        key: None,
        on_delete: None,
        on_update: None,
        inverse: None,
        span: entry.span(),
    };
    for (option, value) in options {
        let span = option.span();
        match (option.to_string().as_str(), value) {
            ("key", value) => relation.key = names(value).map(|names| (span, names)),
            ("inverse", Value::Is(path)) if path.get_ident().is_some() => {
                relation.inverse = path.get_ident().cloned();
            }
            ("on_delete", Value::Is(path)) if path.get_ident().is_some() => {
                relation.on_delete = path.get_ident().and_then(|word| action(word, span, errors));
            }
            ("on_update", Value::Is(path)) if path.get_ident().is_some() => {
                relation.on_update = path.get_ident().and_then(|word| action(word, span, errors));
            }
            _ => errors.push(wrong_form(entry, span)),
        }
    }
    Some(relation)
}

/// `has_many(posts: Post, …)`, `has_one(profile: Profile, …)`
pub(super) fn read_has(entry: &Entry, this: &Ident, one: bool, errors: &mut Errors) -> Option<HasInput> {
    let Written { name, model, options } = read(entry, this, &["via"], errors)?;
    let mut via = None;
    for (option, value) in options {
        match names(value) {
            Some(names) => via = Some(names),
            None => errors.push(wrong_form(entry, option.span())),
        }
    }
    let kind = if one { HasKind::One(via) } else { HasKind::Many(via) };
    let has = Has { name, model, kind };
    Some(HasInput {
        has,
        span: entry.span(),
    })
}

/// `many_to_many(tags: Tag, through = PostTag, …)`
pub(super) fn read_many_to_many(entry: &Entry, this: &Ident, errors: &mut Errors) -> Option<HasInput> {
    let Written { name, model, options } = read(entry, this, &["through", "from", "to"], errors)?;
    let (mut through, mut from, mut to) = (None, None, None);
    for (option, value) in options {
        let span = option.span();
        match (option.to_string().as_str(), value) {
            ("through", Value::Is(path)) => through = Some(of(path, this)),
            ("through", Value::List(_)) => errors.push(wrong_form(entry, span)),
            (option, value) => match names(value) {
                Some(names) if option == "from" => from = Some(names),
                Some(names) => to = Some(names),
                None => errors.push(wrong_form(entry, span)),
            },
        }
    }
    let Some(between) = through else {
        if errors.is_empty() {
            errors.at(
                name.span(),
                format!(
                    "`{}` of {} needs the model between: `{}`",
                    entry.key(),
                    entry.owner(),
                    entry.usage()
                ),
            );
        }
        return None;
    };
    let kind = HasKind::Through { between, from, to };
    let has = Has { name, model, kind };
    Some(HasInput {
        has,
        span: entry.span(),
    })
}

/// Reads the form that all relations have; an option that is misspelt counts as the one that was meant.
fn read(entry: &Entry, this: &Ident, options: &[&'static str], errors: &mut Errors) -> Option<Written> {
    // The parser's own words ("expected `:`") say less than the form does.
    let written = entry.list(written).map_err(|error| wrong_form(entry, error.span()));
    let mut written = errors.ok(written)?;
    let mut known: Vec<(Ident, Value)> = Vec::new();
    for (mut option, value) in written.options {
        let name = option.unraw().to_string();
        if !options.contains(&name.as_str()) {
            unknown_option(entry, &option, options, errors);
            let Some(meant) = closest(&name, options.iter().copied()) else {
                continue;
            };
            option = Ident::new(meant, option.span());
        } else if known.iter().any(|(other, _)| *other == option) {
            let owner = entry.owner();
            errors.at(
                option.span(),
                format!("`{option}` of {owner} is given twice; remove one"),
            );
            continue;
        }
        known.push((option, value));
    }
    written.options = known;
    written.model = of(written.model, this);
    Some(written)
}

fn unknown_option(entry: &Entry, option: &Ident, options: &[&str], errors: &mut Errors) {
    let hint = did_you_mean(&option.to_string(), options.iter().copied());
    errors.at(
        option.span(),
        format!(
            "`{}` of {} has no option `{option}`{hint}\nvalid options: {}",
            entry.key(),
            entry.owner(),
            list(options)
        ),
    );
}

fn written(input: ParseStream<'_>) -> syn::Result<Written> {
    let name = identifier(input)?;
    input.parse::<Token![:]>()?;
    let model = input.call(Path::parse_mod_style)?;
    let mut options = Vec::new();
    while !input.is_empty() {
        input.parse::<Token![,]>()?;
        if input.is_empty() {
            break;
        }
        let option = input.call(Ident::parse_any)?;
        let value = if input.peek(syn::token::Paren) {
            let inside;
            parenthesized!(inside in input);
            let names = inside.parse_terminated(identifier, Token![,])?;
            Value::List(names.into_iter().collect())
        } else {
            input.parse::<Token![=]>()?;
            Value::Is(input.call(Path::parse_mod_style)?)
        };
        options.push((option, value));
    }
    Ok(Written { name, model, options })
}

/// The name of a method or field: of a keyword the raw identifier.
fn identifier(input: ParseStream<'_>) -> syn::Result<Ident> {
    let name = input.call(Ident::parse_any)?;
    let text = name.to_string();
    if syn::parse_str::<Ident>(&text).is_ok() {
        return Ok(name);
    }
    match text.as_str() {
        "self" | "Self" | "super" | "crate" | "_" => Err(syn::Error::new(name.span(), "")),
        _ => Ok(Ident::new_raw(&text, name.span())),
    }
}

/// The model that a path names: `Self` is the one that has the relation.
fn of(path: Path, this: &Ident) -> Path {
    match path.get_ident() {
        Some(word) if word == "Self" => Ident::new(&this.to_string(), word.span()).into(),
        _ => path,
    }
}

/// `= name` or `(names)`
fn names(value: Value) -> Option<Vec<Ident>> {
    match value {
        Value::Is(path) => path.get_ident().map(|name| vec![name.clone()]),
        Value::List(names) if names.is_empty() => None,
        Value::List(names) => Some(names),
    }
}

fn wrong_form(entry: &Entry, span: Span) -> syn::Error {
    syn::Error::new(span, entry.wrong_form().to_string())
}

/// `cascade`: the variant of `Action`.
pub(super) fn action(word: &Ident, span: Span, errors: &mut Errors) -> Option<ActionInput> {
    const ACTIONS: [(&str, &str); 5] = [
        ("cascade", "Cascade"),
        ("restrict", "Restrict"),
        ("set_null", "SetNull"),
        ("set_default", "SetDefault"),
        ("no_action", "NoAction"),
    ];
    let name = word.to_string();
    if let Some((_, variant)) = ACTIONS.iter().find(|(written, _)| *written == name) {
        return Some((span, variant));
    }
    let names = ACTIONS.map(|(written, _)| written);
    let hint = did_you_mean(&name, names);
    errors.at(
        word.span(),
        format!(
            "a foreign key has no action `{name}`{hint}\nvalid actions: {}",
            list(&names)
        ),
    );
    None
}

//! The parser of `#[orm(key, key = value, key(arguments…))]` that all derives share.
//!
//! A derive lists its [`Key`]s; what else is written, or written twice or in another form, is an error on that very
//! token, with the form that was meant. Errors are collected, and a misspelt key counts as the one it was meant to be,
//! so that one mistake gives one error.

use proc_macro2::{Group, Span};
use quote::ToTokens as _;
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream, Parser as _};
use syn::spanned::Spanned as _;
use syn::{Attribute, Expr, ExprClosure, ExprLit, ExprPath, Ident, Lit, LitStr, Meta, Path, Token};

/// A key that may stand in `#[orm(…)]`.
pub(crate) struct Key {
    /// Its name.
    pub(crate) name: &'static str,
    /// How it is written, for errors: `table = "users"`.
    pub(crate) usage: &'static str,
    repeatable: bool,
}

impl Key {
    /// A key that may stand once.
    pub(crate) const fn once(name: &'static str, usage: &'static str) -> Self {
        Self {
            name,
            usage,
            repeatable: false,
        }
    }

    /// A key that may stand any number of times.
    pub(crate) const fn many(name: &'static str, usage: &'static str) -> Self {
        Self {
            name,
            usage,
            repeatable: true,
        }
    }
}

/// Errors that were found so far: all are shown at once.
#[derive(Default)]
pub(crate) struct Errors(Option<syn::Error>);

impl Errors {
    /// Notes an error.
    pub(crate) fn push(&mut self, error: syn::Error) {
        match &mut self.0 {
            Some(errors) => errors.combine(error),
            None => self.0 = Some(error),
        }
    }

    /// Notes an error at a place.
    pub(crate) fn at(&mut self, span: Span, message: impl std::fmt::Display) {
        self.push(syn::Error::new(span, message));
    }

    /// The value, or a note of why there is none.
    pub(crate) fn ok<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.push(error)).ok()
    }

    /// Whether there are none so far.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// All errors, if there are any.
    pub(crate) fn into_error(self) -> Option<syn::Error> {
        self.0
    }
}

/// What stands behind a key.
enum Value {
    /// Nothing: `key`.
    Flag,
    /// `key = value`.
    Is(Box<Expr>),
    /// `key(arguments…)`.
    List(Group),
}

/// One `key`, `key = value` or `key(arguments…)`.
pub(crate) struct Entry {
    key: &'static str,
    span: Span,
    usage: &'static str,
    /// Whose attribute it is, for errors: `` `User` `` or `` `User.email` ``.
    owner: String,
    value: Value,
}

impl Entry {
    /// Where the key stands.
    pub(crate) fn span(&self) -> Span {
        self.span
    }

    /// The key.
    pub(crate) fn key(&self) -> &'static str {
        self.key
    }

    /// How it is written.
    pub(crate) fn usage(&self) -> &'static str {
        self.usage
    }

    /// Whose attribute it is: `` `User` `` or `` `User.email` ``.
    pub(crate) fn owner(&self) -> &str {
        &self.owner
    }

    /// Whether it is a mere `key`.
    pub(crate) fn is_flag(&self) -> bool {
        matches!(self.value, Value::Flag)
    }

    /// Whether it is `key(arguments…)`.
    pub(crate) fn is_list(&self) -> bool {
        matches!(self.value, Value::List(_))
    }

    /// That it is written in another form, at the value if there is one.
    pub(crate) fn wrong_form(&self) -> syn::Error {
        let span = match &self.value {
            Value::Flag => self.span,
            Value::Is(value) => value.span(),
            Value::List(arguments) if arguments.stream().is_empty() => self.span,
            Value::List(arguments) => arguments.stream().span(),
        };
        let Self { key, usage, owner, .. } = self;
        let message = match key == usage {
            true => format!("`{key}` of {owner} takes no value; write just `{key}`"),
            false => format!("`{key}` of {owner} is written `{usage}`"),
        };
        syn::Error::new(span, message)
    }

    /// A mere `key`; gives its place.
    pub(crate) fn flag(&self) -> syn::Result<Span> {
        match self.value {
            Value::Flag => Ok(self.span),
            _ => Err(self.wrong_form()),
        }
    }

    /// `key = "text"`.
    pub(crate) fn string(&self) -> syn::Result<LitStr> {
        match &self.value {
            Value::Is(value) => as_string(value).ok_or_else(|| self.wrong_form()),
            _ => Err(self.wrong_form()),
        }
    }

    /// `key = word`.
    pub(crate) fn word(&self) -> syn::Result<Ident> {
        match &self.value {
            Value::Is(value) => as_path(value)
                .and_then(|path| path.get_ident().cloned())
                .ok_or_else(|| self.wrong_form()),
            _ => Err(self.wrong_form()),
        }
    }

    /// `key = path::Type`.
    pub(crate) fn path(&self) -> syn::Result<Path> {
        match &self.value {
            Value::Is(value) => as_path(value).cloned().ok_or_else(|| self.wrong_form()),
            _ => Err(self.wrong_form()),
        }
    }

    /// `key = value`.
    pub(crate) fn expr(&self) -> syn::Result<&Expr> {
        match &self.value {
            Value::Is(value) => Ok(value),
            _ => Err(self.wrong_form()),
        }
    }

    /// `key = |arguments…| value`, with so many arguments at most.
    pub(crate) fn closure(&self, arguments: usize) -> syn::Result<&ExprClosure> {
        match as_closure(self.expr()?) {
            Some(closure) if (1..=arguments).contains(&closure.inputs.len()) => Ok(closure),
            _ => Err(self.wrong_form()),
        }
    }

    /// `key(arguments…)`, parsed by `parser`; without arguments it is an error of form.
    pub(crate) fn list<T>(&self, parser: impl FnOnce(ParseStream<'_>) -> syn::Result<T>) -> syn::Result<T> {
        let Value::List(arguments) = &self.value else {
            return Err(self.wrong_form());
        };
        if arguments.stream().is_empty() {
            return Err(self.wrong_form());
        }
        // With its parentheses: "unexpected end" then points at the closing one, not at the derive.
        let in_parentheses = |input: ParseStream<'_>| {
            let inside;
            syn::parenthesized!(inside in input);
            parser(&inside)
        };
        in_parentheses.parse2(arguments.to_token_stream())
    }
}

fn as_string(value: &Expr) -> Option<LitStr> {
    match value {
        // A literal that came through a `macro_rules!` stands in an invisible group.
        Expr::Group(group) => as_string(&group.expr),
        Expr::Lit(ExprLit {
            lit: Lit::Str(text), ..
        }) => Some(text.clone()),
        _ => None,
    }
}

fn as_closure(value: &Expr) -> Option<&ExprClosure> {
    match value {
        Expr::Group(group) => as_closure(&group.expr),
        Expr::Closure(closure) => Some(closure),
        _ => None,
    }
}

fn as_path(value: &Expr) -> Option<&Path> {
    match value {
        Expr::Group(group) => as_path(&group.expr),
        Expr::Path(ExprPath { qself: None, path, .. }) => Some(path),
        _ => None,
    }
}

/// An entry as it is written, before its key is known to be one.
struct Written {
    key: Ident,
    value: syn::Result<Value>,
}

impl Parse for Written {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        // Keywords are keys, too: `type`, `where`.
        let key = input.call(Ident::parse_any)?;
        let value = if input.peek(Token![=]) {
            let equals = input.parse::<Token![=]>()?;
            if input.is_empty() || input.peek(Token![,]) {
                Err(syn::Error::new(equals.span(), ""))
            } else {
                Ok(Value::Is(input.parse()?))
            }
        } else if input.peek(syn::token::Paren) {
            Ok(Value::List(input.parse()?))
        } else {
            Ok(Value::Flag)
        };
        if !input.is_empty() && !input.peek(Token![,]) {
            return Err(input.error(format!("expected `,` after `{key}`")));
        }
        Ok(Self { key, value })
    }
}

/// The entries of all `#[orm(…)]` of a struct, enum, variant or field.
pub(crate) struct Attributes(Vec<Entry>);

impl Attributes {
    /// Reads the attributes of `owner` (`` model `User` ``, `` `User.email` ``), which may have these keys; what is wrong goes to `errors`.
    pub(crate) fn read(attributes: &[Attribute], owner: &str, keys: &'static [Key], errors: &mut Errors) -> Self {
        let mut entries = Self(Vec::new());
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("orm")) {
            if !matches!(attribute.meta, Meta::List(_)) {
                let usage = keys.first().map_or("key", |key| key.usage);
                errors.at(
                    attribute.meta.span(),
                    format!("the attribute of {owner} is written `#[orm({usage}, …)]`"),
                );
                continue;
            }
            let written =
                attribute.parse_args_with(|input: ParseStream<'_>| input.parse_terminated(Written::parse, Token![,]));
            for written in errors.ok(written).into_iter().flatten() {
                entries.add(written, owner, keys, errors);
            }
        }
        entries
    }

    fn add(&mut self, written: Written, owner: &str, keys: &'static [Key], errors: &mut Errors) {
        let Written { key: written, value } = written;
        let name = written.to_string();
        let Some(key) = find_key(&written, owner, keys, errors) else {
            return;
        };
        if !key.repeatable && self.0.iter().any(|entry| entry.key == key.name) {
            if name == key.name {
                errors.at(
                    written.span(),
                    format!("`{name}` of {owner} is given twice; remove one"),
                );
            }
            return;
        }
        match value {
            Ok(value) => self.0.push(Entry {
                key: key.name,
                span: written.span(),
                usage: key.usage,
                owner: owner.to_owned(),
                value,
            }),
            Err(error) => errors.at(
                error.span(),
                format!("`{name}` of {owner} has no value; it is written `{}`", key.usage),
            ),
        }
    }

    /// Takes the entry of a key that may stand once.
    pub(crate) fn take(&mut self, key: &str) -> Option<Entry> {
        let at = self.0.iter().position(|entry| entry.key == key)?;
        Some(self.0.remove(at))
    }

    /// Takes all entries of a key.
    pub(crate) fn take_all(&mut self, key: &str) -> Vec<Entry> {
        self.0.extract_if(.., |entry| entry.key == key).collect()
    }
}

/// The key that is meant; if it is misspelt, with an error.
fn find_key(written: &Ident, owner: &str, keys: &'static [Key], errors: &mut Errors) -> Option<&'static Key> {
    let name = written.to_string();
    if let Some(key) = keys.iter().find(|key| key.name == name) {
        return Some(key);
    }
    let names: Vec<&str> = keys.iter().map(|key| key.name).collect();
    let meant = closest(&name, names.iter().copied());
    let valid = list(&names);
    let hint = meant.map_or_else(String::new, |meant| format!("; did you mean `{meant}`?"));
    errors.at(
        written.span(),
        format!("{owner} has an unknown key `{name}`{hint}\nvalid keys: {valid}"),
    );
    keys.iter().find(|key| Some(key.name) == meant)
}

/// `` `a`, `b`, `c` ``.
pub(crate) fn list(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

/// `` ; did you mean `…`? `` if one of the names is close, else nothing.
pub(crate) fn did_you_mean<'n>(written: &str, names: impl IntoIterator<Item = &'n str>) -> String {
    closest(written, names).map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

/// The name that was most likely meant: the closest by edit distance, if it is close, or one that begins alike.
pub(crate) fn closest<'n>(written: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let close = |name: &str| {
        let distance = edit_distance(written, name);
        let allowed = written.chars().count().max(name.chars().count()) / 3;
        let shorter = written.len().min(name.len());
        let alike = shorter >= 4 && (name.starts_with(written) || written.starts_with(name));
        (distance <= allowed.max(1) && shorter > 1 || alike).then_some(distance)
    };
    names
        .into_iter()
        .filter_map(|name| close(name).map(|distance| (distance, name)))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// How many letters must be put in, taken out, changed or swapped with their neighbour.
fn edit_distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.to_lowercase().chars().collect();
    let right: Vec<char> = right.to_lowercase().chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=right.len()).collect();
    for (row, letter) in left.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, other) in right.iter().enumerate() {
            let changed = above[column] + usize::from(letter != other);
            let mut best = changed.min(above[column + 1] + 1).min(current[column] + 1);
            if row > 0 && column > 0 && *letter == right[column - 1] && left[row - 1] == *other {
                best = best.min(before[column - 1] + 1);
            }
            current.push(best);
        }
        before = std::mem::replace(&mut above, current);
    }
    above.last().copied().unwrap_or_default()
}

//! `#[derive(Shape)]`: a struct that says what is read of a model.
//!
//! What a field's name stands for, a column or a relation, is not known here: the code takes that field of the model's
//! `UserReads`, so that rustc itself names a field that is neither; and traits tell what it is.

mod write;

use proc_macro2::TokenStream;
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::{DeriveInput, Expr, ExprClosure, GenericArgument, Ident, Path, PathArguments, Type};

use crate::attributes::{Attributes, Entry, Errors, Key};
use crate::input::{NamedField, last_name, named_fields, refuse_generics};
use crate::insert::missing_model;

const KEYS: &[Key] = &[Key::once("of", "of = Model"), Key::once("params", "params = Type")];

const FIELD_KEYS: &[Key] = &[
    Key::once("from", "from = name_in_the_model"),
    Key::once("expr", "expr = |row| row.posts().count()"),
    Key::once("filter", "filter = |row| row.score.gt(3)"),
    Key::once("order_by", "order_by = |row| row.id.desc()"),
    Key::once("limit", "limit = 3"),
    Key::once("depth", "depth = 3"),
    Key::once("flatten", "flatten"),
];

/// What a shape is of, and what it takes.
struct Declared {
    of: Path,
    params: Option<Path>,
}

/// A field.
struct Field<'a> {
    ident: &'a Ident,
    ty: &'a Type,
    /// Its name for errors: `UserCard.name`.
    name: String,
    source: Source,
    /// Of a relation to many, in the order in which they are applied; with the place of the first key.
    modifiers: Vec<Modifier>,
}

/// Where a field comes from.
enum Source {
    /// The model's column or relation of this name.
    Named(Ident),
    /// `expr = |u| …`
    Computed(ExprClosure),
    /// A shape of the same row.
    Flattened,
}

/// `filter`, `order_by`, `limit` or `depth`.
struct Modifier {
    /// The key, which is the method's name, too.
    key: Ident,
    value: Value,
}

/// What stands behind the key.
enum Value {
    /// Of one argument.
    Closure(ExprClosure),
    /// The last argument is what the shape takes.
    WithParams(ExprClosure),
    Plain(Expr),
}

pub(crate) fn derive(input: DeriveInput) -> syn::Result<TokenStream> {
    let mut errors = Errors::default();
    refuse_generics(&input.generics, "Shape", &mut errors);
    let declared = declared(&input, &mut errors);
    let takes = declared.as_ref().is_some_and(|declared| declared.params.is_some());
    let named = named_fields(&input, "Shape", &mut errors);
    let fields: Vec<Field<'_>> = named
        .iter()
        .filter_map(|named| field(named, &input, takes, &mut errors))
        .collect();
    let error = errors.into_error();
    let Some(declared) = declared else {
        return Err(error.unwrap_or_else(|| missing_model(&input, "that it reads")));
    };
    if !input.generics.params.is_empty() {
        return Ok(error.map(syn::Error::into_compile_error).unwrap_or_default());
    }
    let body = match &error {
        Some(_) => write::stub(),
        None => write::body(&declared, &fields),
    };
    let error = error.map(syn::Error::into_compile_error);
    let mut code = write::impls(&input.ident, &declared, &body);
    code.extend(error);
    Ok(code)
}

fn declared(input: &DeriveInput, errors: &mut Errors) -> Option<Declared> {
    let owner = format!("`Shape` of `{}`", input.ident);
    let mut attributes = Attributes::read(&input.attrs, &owner, KEYS, errors);
    let params = attributes.take("params").and_then(|entry| errors.ok(entry.path()));
    let Some(of) = attributes.take("of") else {
        // A misspelt key is the mistake then, not a missing one.
        if errors.is_empty() {
            errors.push(missing_model(input, "that it reads"));
        }
        return None;
    };
    let of = errors.ok(of.path())?;
    Some(Declared { of, params })
}

fn field<'a>(named: &'a NamedField<'a>, input: &DeriveInput, takes: bool, errors: &mut Errors) -> Option<Field<'a>> {
    let owner = named.owner(input);
    let mut attributes = Attributes::read(named.attrs, &owner, FIELD_KEYS, errors);
    let mut take = |key: &str| attributes.take(key);
    let (flatten, from, expr) = (take("flatten"), take("from"), take("expr"));
    let keys = ["filter", "order_by", "limit", "depth"];
    let modifiers: Vec<Entry> = keys.into_iter().filter_map(take).collect();
    only_one_source(&flatten, [&from, &expr].into_iter().flatten().chain(&modifiers), errors);
    only_one_source(&expr, from.iter(), errors);
    let arguments = if takes { 2 } else { 1 };
    let source = match (flatten, expr, from) {
        (Some(flatten), ..) => {
            errors.ok(flatten.flag())?;
            Source::Flattened
        }
        (_, Some(expr), _) => Source::Computed(errors.ok(expr.closure(arguments))?.clone()),
        (_, _, Some(from)) => Source::Named(errors.ok(from.word())?),
        _ => Source::Named(named.ident.clone()),
    };
    let modifiers = modifiers.iter().filter_map(|entry| errors.ok(modifier(entry, takes)));
    let field = Field {
        ident: named.ident,
        ty: named.ty,
        name: format!("{}.{}", input.ident.unraw(), named.name()),
        source,
        modifiers: modifiers.collect(),
    };
    check_rows(&field, &input.ident, errors);
    Some(field)
}

/// Notes what is said of rows where there are none, and a shape that would have no end.
fn check_rows(field: &Field<'_>, shape: &Ident, errors: &mut Errors) {
    let (item, modifiers) = (item(field.ty), &field.modifiers);
    if let (None, Some(Modifier { key, .. }), Source::Named(_) | Source::Computed(_)) =
        (item, modifiers.first(), &field.source)
    {
        let name = &field.name;
        errors.at(
            key.span(),
            format!("`{key}` of `{name}` is for a relation to many, whose field is a `Vec`; remove it"),
        );
    }
    let endless = item.and_then(last_name).is_some_and(|item| item == shape);
    if endless && modifiers.iter().all(|modifier| modifier.key != "depth") {
        errors.at(
            field.ty.span(),
            format!(
                "`{shape}` stands inside of itself, so reading it would have no end; say on this field how many levels \
                 are read: `#[orm(depth = 3)]`"
            ),
        );
    }
}

/// Notes that a key says where the field comes from, and another one, too.
fn only_one_source<'e>(source: &Option<Entry>, others: impl Iterator<Item = &'e Entry>, errors: &mut Errors) {
    let Some(source) = source else { return };
    for other in others {
        errors.at(
            other.span(),
            format!(
                "`{}` and `{}` of {} cannot stand together; remove one",
                source.key(),
                other.key(),
                other.owner()
            ),
        );
    }
}

fn modifier(entry: &Entry, takes: bool) -> syn::Result<Modifier> {
    let key = Ident::new(entry.key(), entry.span());
    let own = usize::from(matches!(entry.key(), "filter" | "order_by"));
    let value = match (own, entry.expr()?) {
        (0, Expr::Closure(_)) if takes && entry.key() == "limit" => Value::WithParams(entry.closure(1)?.clone()),
        (0, Expr::Closure(_)) => return Err(entry.wrong_form()),
        (0, plain) => Value::Plain(plain.clone()),
        _ => {
            let closure = entry.closure(if takes { 2 } else { 1 })?.clone();
            match closure.inputs.len() {
                1 => Value::Closure(closure),
                _ => Value::WithParams(closure),
            }
        }
    };
    Ok(Modifier { key, value })
}

/// `T` of `Vec<T>`, as it is written.
fn item(ty: &Type) -> Option<&Type> {
    let path = match ty {
        Type::Group(group) => return item(&group.elem),
        Type::Paren(paren) => return item(&paren.elem),
        Type::Path(path) => path,
        _ => return None,
    };
    let last = path.path.segments.last().filter(|last| last.ident == "Vec")?;
    match &last.arguments {
        PathArguments::AngleBracketed(arguments) => arguments.args.iter().find_map(|argument| match argument {
            GenericArgument::Type(ty) => Some(ty),
            _ => None,
        }),
        _ => None,
    }
}

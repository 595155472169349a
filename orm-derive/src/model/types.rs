//! Field types that no column can have, as far as they can be told by name: advice instead of a missing trait.

use proc_macro2::Span;
use syn::spanned::Spanned as _;
use syn::{GenericArgument, PathArguments, PathSegment, Type};

use crate::attributes::Errors;

/// Types by name, what is wrong with them, and what to use instead.
const IMPOSSIBLE: &[(&str, &str, &str)] = &[
    ("u8", UNSIGNED, "i16"),
    ("u16", UNSIGNED, "i32"),
    ("u32", UNSIGNED, "i64"),
    ("u64", UNSIGNED, "i64"),
    ("usize", UNSIGNED, "i64"),
    ("u128", UNSIGNED, "Decimal"),
    ("i8", "PostgreSQL has no 8-bit integers", "i16"),
    ("isize", "its size depends on the machine", "i64"),
    ("i128", "PostgreSQL has no 128-bit integers", "Decimal"),
    ("char", "PostgreSQL has no type for a single character", "String"),
    ("str", "a model owns its data", "String"),
    ("HashMap", "a map is no column", "Json<HashMap<…>>"),
    ("BTreeMap", "a map is no column", "Json<BTreeMap<…>>"),
    ("HashSet", "PostgreSQL has no sets", "Vec<…>"),
    ("BTreeSet", "PostgreSQL has no sets", "Vec<…>"),
];

const UNSIGNED: &str = "PostgreSQL has no unsigned integers";

/// Refuses a type that cannot be a column's, and puts the one that was advised in its place.
pub(crate) fn check(ty: &mut Type, owner: &str, errors: &mut Errors) {
    if let Type::Group(group) = ty {
        return check(&mut group.elem, owner, errors);
    }
    let (span, problem, instead) = match ty {
        Type::Path(path) => match path.path.segments.last_mut() {
            Some(segment) => match check_segment(segment, owner, errors) {
                Some(found) => found,
                None => return,
            },
            None => return,
        },
        _ => match shape(ty) {
            Some(found) => found,
            None => return,
        },
    };
    let (name, advice) = (text(ty), instead.as_ref().map_or("", |_| "; "));
    let instead = instead.unwrap_or_default();
    errors.at(
        span,
        format!("{owner} is `{name}`: {problem}{advice}{}", use_words(&instead)),
    );
    // Only what needs no import: a name that is not found would be another error.
    if let Ok(instead) = syn::parse_str::<Type>(&instead)
        && is_named(&instead, &["i16", "i32", "i64", "String", "Vec", "Option"])
    {
        *ty = instead;
    }
}

type Found = (Span, &'static str, Option<String>);

fn use_words(instead: &str) -> String {
    match instead {
        "" => String::new(),
        instead => format!("use `{instead}`"),
    }
}

/// Types that are not paths.
fn shape(ty: &Type) -> Option<Found> {
    let (problem, instead) = match ty {
        Type::Reference(reference) => match &*reference.elem {
            Type::Slice(slice) => ("a model owns its data", Some(format!("Vec<{}>", text(&slice.elem)))),
            elem if text(elem) == "str" => ("a model owns its data", Some("String".to_owned())),
            elem => ("a model owns its data", Some(text(elem))),
        },
        Type::Array(array) => (
            "PostgreSQL's arrays have no fixed length",
            Some(format!("Vec<{}>", text(&array.elem))),
        ),
        Type::Tuple(_) => (
            "a tuple is no column; write a struct with `#[derive(DbType)]`, a composite type",
            None,
        ),
        Type::Ptr(_) | Type::FnPtr(_) | Type::TraitObject(_) | Type::ImplTrait(_) | Type::Slice(_) => {
            ("it cannot be stored in a column", None)
        }
        _ => return None,
    };
    Some((ty.span(), problem, instead))
}

/// A path's last segment, and the arguments of `Option` and `Vec`.
fn check_segment(segment: &mut PathSegment, owner: &str, errors: &mut Errors) -> Option<Found> {
    let name = segment.ident.to_string();
    let span = segment.ident.span();
    if let Some((_, problem, instead)) = IMPOSSIBLE.iter().find(|(impossible, ..)| *impossible == name) {
        return Some((span, problem, Some((*instead).to_owned())));
    }
    let outer = name.as_str();
    if !matches!(outer, "Option" | "Vec") {
        return None;
    }
    let inner = argument_mut(segment)?;
    match (outer, last_segment(inner)) {
        ("Option", Some(nested)) if nested.ident == "Option" => {
            Some((span, "a column is NULL or it is not", Some(text(inner))))
        }
        // `Vec<u8>` is bytea: a scalar, and so an element of arrays.
        ("Vec", Some(nested)) if nested.ident == "u8" => None,
        ("Vec", Some(nested)) if nested.ident == "Vec" && !is_bytes(nested) => {
            let json = format!("Json<Vec<{}>>", text(inner));
            Some((span, "PostgreSQL's array types have no fixed dimensions", Some(json)))
        }
        _ => {
            check(inner, owner, errors);
            None
        }
    }
}

fn is_bytes(vec: &PathSegment) -> bool {
    argument(vec)
        .and_then(last_segment)
        .is_some_and(|element| element.ident == "u8")
}

/// The last segment of a path type: `Option` of `std::option::Option<T>`.
pub(super) fn last_segment(ty: &Type) -> Option<&PathSegment> {
    match ty {
        Type::Group(group) => last_segment(&group.elem),
        Type::Paren(paren) => last_segment(&paren.elem),
        Type::Path(path) if path.qself.is_none() => path.path.segments.last(),
        _ => None,
    }
}

/// Whether it is an `Option`, as far as its name tells.
pub(super) fn is_option(ty: &Type) -> bool {
    last_segment(ty).is_some_and(|segment| segment.ident == "Option")
}

/// Whether the type's name is one of these.
pub(super) fn is_named(ty: &Type, names: &[&str]) -> bool {
    last_segment(ty).is_some_and(|segment| names.iter().any(|name| segment.ident == name))
}

fn argument(segment: &PathSegment) -> Option<&Type> {
    match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => arguments.args.iter().find_map(|argument| match argument {
            GenericArgument::Type(ty) => Some(ty),
            _ => None,
        }),
        _ => None,
    }
}

fn argument_mut(segment: &mut PathSegment) -> Option<&mut Type> {
    match &mut segment.arguments {
        PathArguments::AngleBracketed(arguments) => arguments.args.iter_mut().find_map(|argument| match argument {
            GenericArgument::Type(ty) => Some(ty),
            _ => None,
        }),
        _ => None,
    }
}

/// The type as one writes it: tokens print with spaces.
pub(super) fn text(ty: &Type) -> String {
    let tokens = quote::quote!(#ty).to_string();
    let text = tokens
        .replace(" < ", "<")
        .replace(" >", ">")
        .replace(" :: ", "::")
        .replace(" ,", ",");
    text.replace("& ", "&").replace(" ;", ";")
}

//! Columns of the extension type `citext`, `#[orm(type = "citext")]` on a `String`, and of `char(n)`.
//!
//! `citext = text` means `text = text` to PostgreSQL, so a text parameter beside such a column would be compared with upper
//! and lower case apart, past the column's index. It is cast to the column's type instead.

use super::{Level, Name, Node};
use crate::model::ColumnDef;
use crate::types::{PgKind, builtin};

/// The operands of a comparison, texts beside a `citext` column cast to its type.
pub(super) fn cast_beside(level: Level, args: &[Node]) -> Option<Vec<Node>> {
    if !matches!(level, Level::Comparison | Level::Range | Level::Is) {
        return None;
    }
    if let [Node::Row(left), Node::Row(right)] = args {
        let pairs = left.iter().zip(right.iter());
        let mut cast = false;
        let right: Vec<Node> = pairs
            .map(|(left, right)| match declared(left) {
                Some(ty) => {
                    cast = true;
                    beside(right, ty)
                }
                None => right.clone(),
            })
            .collect();
        return cast.then(|| vec![Node::Row(left.clone()), Node::Row(right.into())]);
    }
    let ty = args.iter().find_map(declared)?;
    if ty == PADDED && level == Level::Range {
        return None; // BETWEEN goes by text as well, and a pattern is no `char`.
    }
    Some(args.iter().map(|arg| beside(arg, ty)).collect())
}

/// An array of values of a column as one of the type that the column is compared by: `citext`, or `char` with its blanks.
pub(crate) fn array_beside(array: Node, column: &'static ColumnDef) -> Node {
    match compared_as(column) {
        Some(ty) => Node::sql(
            &["", "::", "[]"],
            Level::Postfix,
            [array, Node::Name(Name::Declared(ty))],
        ),
        None => array,
    }
}

/// Whether texts of a column are equal exactly if their bytes are, as far as its declared type tells.
pub(crate) fn is_plain_text(column: &ColumnDef) -> bool {
    let named = |ty: &str, name: &str| {
        ty.get(..name.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(name))
    };
    let plain = |ty: &str| {
        ["text", "varchar", "character varying"]
            .iter()
            .any(|name| named(ty, name))
    };
    column
        .sql_type
        .is_none_or(|ty| plain(ty) && !ty.to_ascii_lowercase().contains("collate"))
}

/// `char(n)` of any length: beside `text` its blanks count, and its index is not used.
const PADDED: &str = "bpchar";

/// `char(n)`, which is not `"char"`.
fn is_padded(ty: &str) -> bool {
    let ty = ty.trim().to_ascii_lowercase();
    let name = ty.split('(').next().unwrap_or_default().trim();
    matches!(name, "char" | "character" | "bpchar")
}

fn is_citext(ty: &str) -> bool {
    let element = element(ty);
    let name = element.rsplit('.').next().unwrap_or(element).trim().trim_matches('"');
    name.eq_ignore_ascii_case("citext")
}

/// A type without the brackets of an array.
fn element(ty: &str) -> &str {
    ty.trim_end().trim_end_matches("[]")
}

/// The type that texts beside a column are cast to, without the brackets of an array: `citext` as DDL writes it, or `bpchar`.
fn declared(node: &Node) -> Option<&'static str> {
    match node {
        Node::Column(_, column) => compared_as(column),
        _ => None,
    }
}

fn compared_as(column: &ColumnDef) -> Option<&'static str> {
    let ty = column.sql_type?;
    match is_padded(element(ty)) {
        true => Some(PADDED),
        false => is_citext(ty).then(|| element(ty)),
    }
}

fn beside(node: &Node, ty: &'static str) -> Node {
    let Node::Param(param) = node else { return node.clone() };
    let is_text = |ty: &crate::types::PgType| ty.oid == builtin::TEXT.oid;
    let pieces: &'static [&'static str; 3] = match &param.ty.kind {
        PgKind::Array(element) if is_text(element) => &["", "::", "[]"],
        _ if is_text(param.ty) => &["", "::", ""],
        _ => return node.clone(),
    };
    Node::sql(pieces, Level::Postfix, [node.clone(), Node::Name(Name::Declared(ty))])
}

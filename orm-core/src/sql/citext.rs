//! Columns of the extension type `citext`, `#[orm(type = "citext")]` on a `String`.
//!
//! `citext = text` means `text = text` to PostgreSQL, so a text parameter beside such a column would be compared with upper
//! and lower case apart, past the column's index. It is cast to the column's type instead.

use super::{Level, Name, Node};
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
    Some(args.iter().map(|arg| beside(arg, ty)).collect())
}

/// The type of a `citext` column as DDL writes it, without the brackets of an array.
fn declared(node: &Node) -> Option<&'static str> {
    let Node::Column(_, column) = node else { return None };
    let ty = column.sql_type?;
    let element = ty.trim_end().trim_end_matches("[]");
    let name = element.rsplit('.').next().unwrap_or(element).trim().trim_matches('"');
    name.eq_ignore_ascii_case("citext").then_some(element)
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

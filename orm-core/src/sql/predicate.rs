//! A standing filter as the predicate of a unique index.

use std::fmt::Write as _;

use super::{Node, quote};
use crate::driver::Param;
use crate::expr::Source;
use crate::model::Table;
use crate::types::{PgKind, PgType};

/// The operators that can stand in it: none of them depends on the session or on the time.
const OPERATORS: [&[&str]; 17] = [
    &["", " = ", ""],
    &["", " <> ", ""],
    &["", " < ", ""],
    &["", " <= ", ""],
    &["", " > ", ""],
    &["", " >= ", ""],
    &["", " BETWEEN ", " AND ", ""],
    &["", " IS DISTINCT FROM ", ""],
    &["", " IS NOT DISTINCT FROM ", ""],
    &["", " IS NULL"],
    &["", " IS NOT NULL"],
    &["NOT ", ""],
    &["", " IS TRUE"],
    &["", " IS NOT TRUE"],
    &["", " IS FALSE"],
    &["", " IS NOT FALSE"],
    &["", " IS UNKNOWN"],
];

impl Table {
    /// What the unique keys of the table, but for the primary one, hold for: the standing filter, where it consists of columns
    /// and values of plain types that are compared. `None` is all rows: an index can hold neither what depends on the time nor
    /// sub-selects.
    pub(crate) fn key_predicate(&self) -> Option<String> {
        let mut sql = String::new();
        append(&self.standing?(Source::new()), &mut sql)?;
        Some(sql)
    }

    /// The same beside the predicate that a key has of its own.
    pub(crate) fn whole_key_predicate(&self, own: Option<&str>) -> Option<String> {
        match (own, self.key_predicate()) {
            (Some(own), Some(standing)) => Some(format!("({own}) AND {standing}")),
            (Some(own), None) => Some(own.to_owned()),
            (None, standing) => standing,
        }
    }
}

fn append(node: &Node, sql: &mut String) -> Option<()> {
    match node {
        Node::Column(_, column) => quote(sql, column.name),
        Node::Param(param) => literal(param, sql)?,
        Node::Sql { pieces, args, .. } if OPERATORS.contains(pieces) => {
            sql.push('(');
            for (piece, arg) in pieces.iter().zip(args.iter()) {
                sql.push_str(piece);
                append(arg, sql)?;
            }
            sql.push_str(pieces.last().copied().unwrap_or_default());
            sql.push(')');
        }
        Node::And(list) => joined(list, " AND ", sql)?,
        Node::Or(list) => joined(list, " OR ", sql)?,
        _ => return None,
    }
    Some(())
}

fn joined(list: &[Node], between: &str, sql: &mut String) -> Option<()> {
    if list.is_empty() {
        return None;
    }
    sql.push('(');
    for (index, node) in list.iter().enumerate() {
        sql.push_str(if index > 0 { between } else { "" });
        append(node, sql)?;
    }
    sql.push(')');
    Some(())
}

/// A value that the program's author wrote, as a constant.
fn literal(param: &Param, sql: &mut String) -> Option<()> {
    if param.scope.is_some() {
        return None;
    }
    let bytes = param.bytes.as_ref().ok()?.as_ref()?.as_slice();
    match (param.ty.oid, bytes) {
        (16, [value]) => sql.push_str(if *value == 0 { "FALSE" } else { "TRUE" }),
        (21, _) => integer(i16::from_be_bytes(bytes.try_into().ok()?).into(), sql),
        (23, _) => integer(i32::from_be_bytes(bytes.try_into().ok()?).into(), sql),
        (20, _) => integer(i64::from_be_bytes(bytes.try_into().ok()?), sql),
        _ if is_text(param.ty) => {
            let text = std::str::from_utf8(bytes).ok()?;
            // Not as an escape string, whatever the settings are.
            if text.contains('\\') {
                return None;
            }
            sql.push('\'');
            sql.push_str(&text.replace('\'', "''"));
            sql.push('\'');
            super::push_cast(sql, param.ty);
        }
        _ => return None,
    }
    Some(())
}

fn integer(value: i64, sql: &mut String) {
    let _ = write!(sql, "({value})");
}

fn is_text(ty: &PgType) -> bool {
    matches!(ty.oid, 25 | 1043) || matches!(ty.kind, PgKind::Enum(_))
}

//! Calls of functions, operators and aggregates that a program declares.

use crate::expr::{Aggregate, Expr, Is, Mode, PerRow};
use crate::query::{Group, InScope, InScopeOf};
use crate::sql::{Level, Node};
use crate::types::{NotNull, Nullness};

/// The modes of a call's arguments together.
pub trait Modes {
    /// Nullable if one is, of the latest phase.
    type All: Mode;
}

impl Modes for () {
    type All = Is<NotNull, PerRow>;
}

macro_rules! modes {
    ($(($($name:ident),+))*) => { $(
        impl<First: Mode, $($name: Mode),+> Modes for (First, $($name),+)
        where
            ($($name,)+): Modes,
        {
            type All = First::Or<<($($name,)+) as Modes>::All>;
        }
    )* };
}

impl<First: Mode> Modes for (First,) {
    type All = First;
}
modes! {
    (B)
    (B, C)
    (B, C, D)
    (B, C, D, E)
    (B, C, D, E, F)
    (B, C, D, E, F, G)
    (B, C, D, E, F, G, H)
    (B, C, D, E, F, G, H, I)
    (B, C, D, E, F, G, H, I, J)
    (B, C, D, E, F, G, H, I, J, K)
    (B, C, D, E, F, G, H, I, J, K, L)
}

type All<M> = <M as Modes>::All;
/// What a call gives that is declared to give a `T`.
pub type Called<M, T> = Expr<<<All<M> as Mode>::Null as Nullness>::Of<T>, <All<M> as Mode>::Phase>;

/// `"schema"."name"(…)`
pub fn call_function<T, P>(schema: Option<&'static str>, name: &'static str, args: Vec<Node>) -> Expr<T, P> {
    let call = [Node::Qualified(schema, name), Node::Row(args.into()), Node::Unknown];
    Expr::new(Node::sql(&["", "", "", ""], Level::Atom, call))
}

/// The ways in which an operator is written.
#[derive(Debug)]
pub struct Operator {
    pub symbol: &'static str,
    pub infix: &'static [&'static str; 3],
    pub prefix: &'static [&'static str; 2],
    pub prefix_spelled: &'static [&'static str; 2],
    pub spelled: &'static [&'static str; 3],
    pub in_schema: &'static [&'static str; 4],
    pub prefix_in_schema: &'static [&'static str; 3],
}

/// `left <-> right` or `<-> operand`.
pub fn call_operator<T, P, const N: usize>(
    operator: &Operator,
    schema: Option<&'static str>,
    args: [Node; N],
) -> Expr<T, P> {
    let mut args = args.into_iter();
    let first = args.next().unwrap_or(Node::Null);
    // `OPERATOR(+)` binds as all operators do, whatever its symbol.
    let own_way = binds_its_own_way(operator.symbol);
    let node = match (args.next(), schema) {
        (None, None) => {
            let pieces = if own_way {
                operator.prefix_spelled
            } else {
                operator.prefix
            };
            Node::sql(pieces, Level::Operator, [first])
        }
        (None, Some(schema)) => {
            let args = [Node::Qualified(None, schema), first];
            Node::sql(operator.prefix_in_schema, Level::Operator, args)
        }
        (Some(second), None) => {
            let pieces = if own_way { operator.spelled } else { operator.infix };
            Node::sql(pieces, Level::Operator, [first, second])
        }
        (Some(second), Some(schema)) => {
            let args = [first, Node::Qualified(None, schema), second];
            Node::sql(operator.in_schema, Level::Operator, args)
        }
    };
    Expr::new(node)
}

fn binds_its_own_way(symbol: &str) -> bool {
    matches!(
        symbol,
        "<" | ">" | "=" | "<=" | ">=" | "<>" | "!=" | "+" | "-" | "*" | "/" | "%" | "^"
    )
}

/// Whether this can be an operator's symbol (*CREATE OPERATOR*).
#[must_use]
pub const fn is_operator(symbol: &str) -> bool {
    let bytes = symbol.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let known = matches!(
            bytes[at],
            b'+' | b'-'
                | b'*'
                | b'/'
                | b'<'
                | b'>'
                | b'='
                | b'~'
                | b'!'
                | b'@'
                | b'#'
                | b'%'
                | b'^'
                | b'&'
                | b'|'
                | b'`'
                | b'?'
        );
        let comment =
            at > 0 && ((bytes[at - 1] == b'-' && bytes[at] == b'-') || (bytes[at - 1] == b'/' && bytes[at] == b'*'));
        if !known || comment {
            return false;
        }
        at += 1;
    }
    !bytes.is_empty() && bytes.len() < 64
}

/// An aggregate of a group's rows.
pub fn call_aggregate<R: InScope, K: Clone, V, T>(
    group: &Group<R, K, V>,
    (schema, name): (Option<&'static str>, &'static str),
    args: impl FnOnce(InScopeOf<R>) -> Vec<Node>,
) -> Expr<T, Aggregate> {
    group.declared_call((schema, name), args(group.scope))
}

#[cfg(test)]
mod tests {
    use super::is_operator;

    #[test]
    fn an_operator_is_made_of_symbols_and_opens_no_comment() {
        for symbol in ["<->", "@@", "||", "?|", "!~~*", "+"] {
            assert!(is_operator(symbol), "{symbol}");
        }
        for symbol in ["", "a", "<- >", "--", "@--", "/*", "+/*", ")", "$", "<->;"] {
            assert!(!is_operator(symbol), "{symbol}");
        }
        assert!(!is_operator(&"+".repeat(64)));
    }
}

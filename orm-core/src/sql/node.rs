//! The untyped tree behind every expression.

use std::sync::Arc;

use crate::driver::Param;
use crate::expr::Source;
use crate::model::ColumnDef;
use crate::types::PgType;

/// An expression without its type. Small, and cheap to clone.
#[derive(Debug, Clone)]
pub enum Node {
    /// A column of a source.
    Column(Source, &'static ColumnDef),
    /// A value, always sent as a parameter.
    Param(Param),
    /// Fixed pieces of SQL with operands between them: `pieces[0] args[0] pieces[1] args[1] … pieces[n]`.
    Sql {
        /// One piece more than there are operands.
        pieces: &'static [&'static str],
        /// The operands.
        args: Arc<[Node]>,
        /// How tightly it binds.
        level: Level,
    },
    /// Conditions joined by AND; none is `TRUE`.
    And(Arc<Vec<Node>>),
    /// Conditions joined by OR; none is `FALSE`.
    Or(Arc<Vec<Node>>),
    /// A cast: `value::type`.
    Cast(Arc<Node>, &'static PgType),
    /// `CASE WHEN … THEN … ELSE … END`.
    Case(Arc<Case>),
    /// A row of values: `(a, b)`.
    Row(Arc<[Node]>),
    /// `NULL`.
    Null,
}

/// The branches of a CASE.
#[derive(Debug, Clone)]
pub struct Case {
    /// Conditions and results, in order.
    pub branches: Vec<(Node, Node)>,
    /// The result when no condition holds; `None` is NULL.
    pub otherwise: Option<Node>,
}

/// How tightly an expression binds, loosest first: PostgreSQL's operator precedence (*Lexical Structure*).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// `OR`
    Or,
    /// `AND`
    And,
    /// `NOT`
    Not,
    /// `IS NULL` …
    Is,
    /// `<`, `=` …
    Comparison,
    /// `BETWEEN`, `IN`, `LIKE`
    Range,
    /// All other operators.
    Operator,
    /// `+`, `-`
    Additive,
    /// `*`, `/`, `%`
    Multiplicative,
    /// Signs.
    Sign,
    /// `::`
    Postfix,
    /// Columns, parameters, calls: operands inside need no parentheses.
    Atom,
}

impl Node {
    /// An infix operator, with its spaces: `" = "`.
    pub(crate) fn infix(pieces: &'static [&'static str; 3], level: Level, left: Node, right: Node) -> Node {
        Node::Sql {
            pieces,
            args: Arc::new([left, right]),
            level,
        }
    }

    /// Fixed pieces around operands.
    pub(crate) fn sql(pieces: &'static [&'static str], level: Level, args: impl Into<Arc<[Node]>>) -> Node {
        Node::Sql {
            pieces,
            args: args.into(),
            level,
        }
    }

    /// `self AND other`, flat: a thousand conditions are one list.
    pub(crate) fn and(self, other: Node) -> Node {
        match self {
            Node::And(mut list) => {
                Arc::make_mut(&mut list).push(other);
                Node::And(list)
            }
            first => Node::And(Arc::new(vec![first, other])),
        }
    }

    /// `self OR other`, flat.
    pub(crate) fn or(self, other: Node) -> Node {
        match self {
            Node::Or(mut list) => {
                Arc::make_mut(&mut list).push(other);
                Node::Or(list)
            }
            first => Node::Or(Arc::new(vec![first, other])),
        }
    }

    pub(crate) fn level(&self) -> Level {
        match self {
            Node::Column(..) | Node::Param(_) | Node::Case(_) | Node::Row(_) | Node::Null => Level::Atom,
            Node::Sql { level, .. } => *level,
            Node::And(list) => list_level(list, Level::And),
            Node::Or(list) => list_level(list, Level::Or),
            Node::Cast(..) => Level::Postfix,
        }
    }
}

fn list_level(list: &[Node], joined: Level) -> Level {
    match list {
        [] => Level::Atom,
        [only] => only.level(),
        _ => joined,
    }
}

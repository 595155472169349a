//! The untyped tree behind every expression.

use std::sync::Arc;

use super::citext::cast_beside;
use super::{Call, Name};
use crate::driver::Param;
use crate::expr::Source;
use crate::model::ColumnDef;
use crate::query::Parts;
use crate::types::{PgKind, PgType};

/// An expression without its type. Small, and cheap to clone.
#[derive(Debug, Clone)]
pub enum Node {
    /// A column of a source.
    Column(Source, &'static ColumnDef),
    /// A value, always sent as a parameter. Clones of one expression share it.
    Param(Arc<Param>),
    /// A parameter of a prepared query, by its index.
    Placeholder(u16, &'static PgType),
    /// Fixed pieces of SQL with operands between them: `pieces[0] args[0] pieces[1] args[1] … pieces[n]`.
    Sql {
        /// One piece more than there are operands.
        pieces: &'static [&'static str],
        /// The operands.
        args: Arc<[Node]>,
        /// How tightly it binds.
        level: Level,
        /// How deep it is nested.
        depth: u16,
    },
    /// Conditions joined by AND; none is `TRUE`.
    And(List),
    /// Conditions joined by OR; none is `FALSE`.
    Or(List),
    /// A cast: `value::type`.
    Cast(Arc<[Node; 1]>, &'static PgType, u16),
    /// `CASE WHEN … THEN … ELSE … END`.
    Case(Arc<Case>, u16),
    /// A call of an aggregate or window function.
    Call(Arc<Call>, u16),
    /// A row of values: `(a, b)`.
    Row(List),
    /// Nodes between commas, inside of somebody else's brackets: `ARRAY[a, b]`.
    List(List),
    /// A name that is part of the text.
    Name(Name),
    /// A query inside of parentheses: `(SELECT …)`.
    Select(Arc<Parts>, u16),
    /// The name of a function or collation, perhaps with its schema; always quoted.
    Qualified(Option<&'static str>, &'static str),
    /// `NULL`.
    Null,
    /// Writes nothing. It stands behind text of the program's own, and calls of its own functions: what these do beside giving a
    /// value is not known.
    Unknown,
    /// An expression that was nested more than 500 levels deep, and was dropped for it.
    TooDeep,
}

/// How deep expressions may be nested. Each level takes stack where it is written and dropped, and a filter may be built
/// from what a client sends; PostgreSQL's own limit lies not much higher.
pub(crate) const MOST_DEPTH: u16 = 500;

/// Nodes side by side, and how deep the deepest is nested.
#[derive(Debug, Clone, Default)]
pub struct List {
    nodes: Arc<Vec<Node>>,
    depth: u16,
}

impl List {
    fn push(&mut self, node: Node) {
        self.depth = self.depth.max(node.depth());
        Arc::make_mut(&mut self.nodes).push(node);
    }
}

impl From<Vec<Node>> for List {
    fn from(nodes: Vec<Node>) -> Self {
        let depth = deepest(&nodes);
        Self {
            nodes: Arc::new(nodes),
            depth,
        }
    }
}

impl std::ops::Deref for List {
    type Target = [Node];

    fn deref(&self) -> &[Node] {
        &self.nodes
    }
}

fn deepest<'n>(nodes: impl IntoIterator<Item = &'n Node>) -> u16 {
    nodes.into_iter().map(Node::depth).max().unwrap_or(0)
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
    /// The name of the column that it is, if it is no more than one.
    pub(crate) fn column_name(&self) -> Option<&'static str> {
        match self {
            Self::Column(_, column) => Some(column.name),
            _ => None,
        }
    }

    /// A value.
    pub(crate) fn param(param: Param) -> Node {
        Node::Param(Arc::new(param))
    }

    /// An infix operator, with its spaces: `" = "`.
    pub(crate) fn infix(pieces: &'static [&'static str; 3], level: Level, left: Node, right: Node) -> Node {
        Node::sql(pieces, level, [left, right])
    }

    /// Fixed pieces around operands.
    pub(crate) fn sql(pieces: &'static [&'static str], level: Level, args: impl Into<Arc<[Node]>>) -> Node {
        let mut args = args.into();
        if let Some(cast) = cast_beside(level, &args) {
            args = cast.into();
        }
        let depth = deepest(&*args) + 1;
        Node::Sql {
            pieces,
            args,
            level,
            depth,
        }
        .bounded()
    }

    /// Whether it is NULL, or is not. SQL calls a composite NULL if all its fields are, and not NULL if none is; what is
    /// asked here is whether there is a value.
    pub(crate) fn null_test(self, ty: &PgType, is_null: bool) -> Node {
        let composite = matches!(ty.kind, PgKind::Composite(_));
        let pieces = match (composite, is_null) {
            (false, true) => &["", " IS NULL"],
            (false, false) => &["", " IS NOT NULL"],
            (true, true) => &["", " IS NOT DISTINCT FROM NULL"],
            (true, false) => &["", " IS DISTINCT FROM NULL"],
        };
        Node::sql(pieces, Level::Is, [self])
    }

    pub(crate) fn cast(inner: Node, ty: &'static PgType) -> Node {
        let depth = inner.depth() + 1;
        Node::Cast(Arc::new([inner]), ty, depth).bounded()
    }

    pub(crate) fn case(case: Case) -> Node {
        let branches = case.branches.iter().flat_map(|(condition, result)| [condition, result]);
        let depth = deepest(branches.chain(&case.otherwise)) + 1;
        Node::Case(Arc::new(case), depth).bounded()
    }

    /// A query in parentheses. It counts for several levels, because writing one takes as much stack.
    pub(crate) fn select(parts: Parts) -> Node {
        let depth = parts.depth().saturating_add(10);
        Node::Select(Arc::new(parts), depth).bounded()
    }

    pub(crate) fn call(call: Call) -> Node {
        let depth = call.depth() + 1;
        Node::Call(Arc::new(call), depth).bounded()
    }

    /// Nodes between commas.
    pub(crate) fn list(nodes: Vec<Node>) -> Node {
        Node::List(nodes.into()).bounded()
    }

    /// All of these.
    pub(crate) fn all(conditions: Vec<Node>) -> Node {
        Node::And(conditions.into()).bounded()
    }

    /// Any of these.
    pub(crate) fn any(conditions: Vec<Node>) -> Node {
        Node::Or(conditions.into()).bounded()
    }

    /// `self AND other`, flat: a thousand conditions are one list.
    pub(crate) fn and(self, other: Node) -> Node {
        match self {
            Node::And(mut list) => {
                list.push(other);
                Node::And(list).bounded()
            }
            first => Node::all(vec![first, other]),
        }
    }

    /// The conditions that it joins by AND.
    pub(crate) fn into_conjuncts(self) -> Vec<Node> {
        match self {
            Node::And(list) if !list.is_empty() => list.to_vec(),
            other => vec![other],
        }
    }

    /// `self OR other`, flat.
    pub(crate) fn or(self, other: Node) -> Node {
        match self {
            Node::Or(mut list) => {
                list.push(other);
                Node::Or(list).bounded()
            }
            first => Node::any(vec![first, other]),
        }
    }

    pub(crate) fn depth(&self) -> u16 {
        match self {
            Node::Column(..)
            | Node::Param(_)
            | Node::Placeholder(..)
            | Node::Name(_)
            | Node::Qualified(..)
            | Node::Null
            | Node::Unknown
            | Node::TooDeep => 0,
            Node::Sql { depth, .. }
            | Node::Cast(_, _, depth)
            | Node::Case(_, depth)
            | Node::Call(_, depth)
            | Node::Select(_, depth) => *depth,
            Node::And(list) | Node::Or(list) | Node::Row(list) | Node::List(list) => list.depth + 1,
        }
    }

    /// Visits the calls of aggregates and window functions in it, but not those of queries inside of it.
    pub(crate) fn each_call<'n>(&'n self, visit: &mut dyn FnMut(&'n Call)) {
        match self {
            Node::Column(..)
            | Node::Param(_)
            | Node::Placeholder(..)
            | Node::Name(_)
            | Node::Qualified(..)
            | Node::Null
            | Node::Unknown
            | Node::TooDeep
            | Node::Select(..) => {}
            Node::Sql { args, .. } => args.iter().for_each(|arg| arg.each_call(visit)),
            Node::And(list) | Node::Or(list) | Node::Row(list) | Node::List(list) => {
                list.iter().for_each(|node| node.each_call(visit));
            }
            Node::Cast(inner, ..) => inner[0].each_call(visit),
            Node::Case(case, _) => {
                for (condition, result) in &case.branches {
                    condition.each_call(visit);
                    result.each_call(visit);
                }
                case.otherwise.iter().for_each(|node| node.each_call(visit));
            }
            Node::Call(call, _) => {
                visit(call);
                call.nodes().for_each(|node| node.each_call(visit));
            }
        }
    }

    /// Itself, unless it is nested too deep: then what the writer refuses.
    fn bounded(self) -> Node {
        if self.depth() > MOST_DEPTH { Node::TooDeep } else { self }
    }

    pub(crate) fn level(&self) -> Level {
        match self {
            Node::Column(..)
            | Node::Param(_)
            | Node::Placeholder(..)
            | Node::Case(..)
            | Node::Call(..)
            | Node::Row(_)
            | Node::List(_)
            | Node::Name(_)
            | Node::Select(..)
            | Node::Qualified(..)
            | Node::Null
            | Node::Unknown
            | Node::TooDeep => Level::Atom,
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

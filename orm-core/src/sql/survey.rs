//! What must be known of a statement before its first word is written.

use super::standing::Standing;
use super::{Ctes, Node};
use crate::expr::Source;
use crate::model::ColumnDef;
use crate::query::{DistinctClause, Item, Join, Origin, Parts};

/// A column of a source.
pub(crate) type Named = (Source, &'static ColumnDef);

/// The relations that a statement follows, and whether it names more than one source.
#[derive(Debug, Default)]
pub(crate) struct Survey {
    /// Each path once, in order of appearance.
    pub(crate) paths: Vec<Source>,
    /// Whether there are several sources, so that they need names.
    pub(crate) several: bool,
    /// Whether it can repeat expressions that PostgreSQL must recognise: those of GROUP BY.
    pub(crate) repeats: bool,
    pub(crate) ctes: Ctes,
    pub(crate) standing: Standing,
    /// Columns of these roots that are named, if that is asked.
    pub(crate) of: Option<(Vec<Source>, Vec<Named>)>,
}

impl Survey {
    pub(crate) fn nodes<'n>(&mut self, nodes: impl IntoIterator<Item = &'n Node>) {
        for node in nodes {
            self.node(node);
        }
    }

    pub(crate) fn node(&mut self, node: &Node) {
        match node {
            Node::Column(source, column) => {
                self.source(*source);
                if let Some((roots, columns)) = &mut self.of
                    && roots.contains(&source.root())
                    && !columns
                        .iter()
                        .any(|(of, known)| of == source && known.name == column.name)
                {
                    columns.push((*source, column));
                }
            }
            Node::Param(_)
            | Node::Placeholder(..)
            | Node::Name(_)
            | Node::Qualified(..)
            | Node::Null
            | Node::Unknown
            | Node::TooDeep => {}
            Node::Sql { args, .. } => self.nodes(args.iter()),
            Node::And(list) | Node::Or(list) | Node::Row(list) | Node::List(list) => self.nodes(list.iter()),
            Node::Cast(inner, ..) => self.node(&inner[0]),
            Node::Case(case, _) => {
                for (condition, result) in &case.branches {
                    self.node(condition);
                    self.node(result);
                }
                self.nodes(&case.otherwise);
            }
            Node::Call(call, _) => self.nodes(call.nodes()),
            Node::Select(parts, _) => {
                self.several = true;
                self.parts(parts);
            }
        }
    }

    fn source(&mut self, source: Source) {
        if source.is_path() {
            self.several = true;
            if !self.paths.contains(&source) {
                self.paths.push(source);
            }
        }
    }

    pub(crate) fn parts(&mut self, parts: &Parts) {
        for cte in &parts.with {
            self.definition(cte);
        }
        self.nodes(parts.items.iter().flatten());
        self.item(&parts.from);
        self.joins(&parts.joins);
        self.nodes(parts.distinct.keys());
        self.nodes(&parts.filters);
        // What is ordered by is what was made distinct, with the same parameters.
        self.repeats |= !matches!(parts.distinct, DistinctClause::No);
        if let Some(group) = &parts.group {
            self.repeats = true;
            self.nodes(&group.keys);
            self.nodes(&group.having);
        }
        self.nodes(parts.order.iter().map(|term| &term.node));
        if let Some(lock) = &parts.lock {
            lock.of.iter().for_each(|source| self.source(*source));
        }
    }

    fn joins(&mut self, joins: &[Join]) {
        for join in joins {
            self.several = true;
            self.item(&join.item);
            self.nodes(&join.on);
        }
    }

    pub(crate) fn item(&mut self, item: &Item) {
        match &item.rows {
            Origin::Table => {
                self.table(item.table);
                self.standing(item);
            }
            Origin::Query(parts) => {
                self.several = true;
                self.parts(parts);
            }
            Origin::Set(set) => {
                self.several = true;
                set.operands().iter().for_each(|operand| self.parts(operand));
            }
            Origin::Cte(cte) => self.cte(cte),
            Origin::Function(function) => {
                self.several = true;
                self.nodes(function.nodes());
            }
        }
        self.joins(&item.inner);
    }
}

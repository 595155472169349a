//! Giving the columns of an expression other sources.

use std::sync::Arc;

use super::{Call, Case, Node};
use crate::expr::{Order, Source};
use crate::query::{DistinctClause, GroupClause, Item, Join, Origin, Parts};

/// Which source stands for which.
pub(crate) type SourceMap<'m> = &'m dyn Fn(Source) -> Source;

impl Node {
    /// The same expression over other sources.
    pub(crate) fn map_sources(&self, map: SourceMap<'_>) -> Node {
        match self {
            Node::Column(source, column) => Node::Column(map(*source), column),
            Node::Param(_)
            | Node::Placeholder(..)
            | Node::Name(_)
            | Node::Qualified(..)
            | Node::Null
            | Node::Unknown
            | Node::TooDeep => self.clone(),
            Node::Sql {
                pieces,
                args,
                level,
                depth,
            } => Node::Sql {
                pieces,
                args: args.iter().map(|arg| arg.map_sources(map)).collect(),
                level: *level,
                depth: *depth,
            },
            Node::And(list) => Node::And(nodes(list, map).into()),
            Node::Or(list) => Node::Or(nodes(list, map).into()),
            Node::Row(list) => Node::Row(nodes(list, map).into()),
            Node::List(list) => Node::List(nodes(list, map).into()),
            Node::Cast(inner, ty, depth) => Node::Cast(Arc::new([inner[0].map_sources(map)]), ty, *depth),
            Node::Case(case, depth) => Node::Case(Arc::new(case.map_sources(map)), *depth),
            Node::Call(call, depth) => Node::Call(Arc::new(call.map_sources(map)), *depth),
            Node::Select(parts, depth) => Node::Select(Arc::new(parts.map_sources(map)), *depth),
        }
    }
}

fn nodes(list: &[Node], map: SourceMap<'_>) -> Vec<Node> {
    list.iter().map(|node| node.map_sources(map)).collect()
}

pub(crate) fn orders(list: &[Order], map: SourceMap<'_>) -> Vec<Order> {
    list.iter().map(|term| term.map(|node| node.map_sources(map))).collect()
}

impl Case {
    fn map_sources(&self, map: SourceMap<'_>) -> Self {
        let branches = self.branches.iter();
        Self {
            branches: branches
                .map(|(condition, result)| (condition.map_sources(map), result.map_sources(map)))
                .collect(),
            otherwise: self.otherwise.as_ref().map(|result| result.map_sources(map)),
        }
    }
}

impl Call {
    fn map_sources(&self, map: SourceMap<'_>) -> Self {
        Self {
            args: nodes(&self.args, map),
            order: orders(&self.order, map),
            filter: nodes(&self.filter, map),
            of: self.of.map(map),
            over: self
                .over
                .as_ref()
                .map(|window| Arc::new(window.map(|node| node.map_sources(map)))),
            ..self.clone()
        }
    }
}

impl Parts {
    /// The same query over other sources, its own and those that it captured.
    pub(crate) fn map_sources(&self, map: SourceMap<'_>) -> Self {
        Self {
            from: self.from.map_sources(map),
            joins: joins(&self.joins, map),
            items: self.items.as_ref().map(|items| nodes(items, map)),
            distinct: match &self.distinct {
                DistinctClause::On(keys) => DistinctClause::On(nodes(keys, map)),
                other => other.clone(),
            },
            filters: nodes(&self.filters, map),
            group: self.group.as_ref().map(|group| GroupClause {
                keys: nodes(&group.keys, map),
                grouping: group.grouping.clone(),
                having: nodes(&group.having, map),
            }),
            order: orders(&self.order, map),
            lock: self.lock.clone().map(|mut lock| {
                lock.of.iter_mut().for_each(|source| *source = map(*source));
                lock
            }),
            ..self.clone()
        }
    }

    /// The roots of its FROM clause.
    pub(crate) fn roots(&self) -> Vec<Source> {
        let mut roots = Vec::new();
        self.from.roots(&mut roots);
        for join in &self.joins {
            join.item.roots(&mut roots);
        }
        roots
    }
}

fn joins(joins: &[Join], map: SourceMap<'_>) -> Vec<Join> {
    let mapped = joins.iter().map(|join| Join {
        kind: join.kind,
        item: join.item.map_sources(map),
        on: join.on.as_ref().map(|on| on.map_sources(map)),
    });
    mapped.collect()
}

impl Item {
    pub(crate) fn map_sources(&self, map: SourceMap<'_>) -> Self {
        Self {
            source: map(self.source),
            rows: match &self.rows {
                Origin::Table => Origin::Table,
                Origin::Query(parts) => Origin::Query(Arc::new(parts.map_sources(map))),
                Origin::Set(set) => Origin::Set(Arc::new(set.map_operands(|operand| operand.map_sources(map)))),
                // It sees nothing of the query that reads it.
                Origin::Cte(cte) => Origin::Cte(cte.clone()),
                Origin::Function(function) => {
                    Origin::Function(Arc::new(function.map_nodes(|node| node.map_sources(map))))
                }
            },
            inner: joins(&self.inner, map),
            ..self.clone()
        }
    }

    pub(crate) fn roots(&self, roots: &mut Vec<Source>) {
        roots.push(self.source);
        for join in &self.inner {
            join.item.roots(roots);
        }
    }
}

/// New roots for these, as a function of sources.
pub(crate) fn fresh(roots: Vec<Source>) -> impl Fn(Source) -> Source {
    let pairs: Vec<(Source, Source)> = roots.into_iter().map(|root| (root, Source::new())).collect();
    move |source| {
        let found = pairs.iter().find(|(root, _)| *root == source.root());
        found.map_or(source, |(_, fresh)| source.with_root(*fresh))
    }
}

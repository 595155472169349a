//! Calls of aggregates.

use super::{Node, Writer};
use crate::expr::Order;

/// A call of an aggregate function, with all that can stand around its arguments.
#[derive(Debug, Clone, Default)]
pub struct Call {
    pub(crate) function: &'static str,
    /// The schema and name of one that a program declares, instead.
    pub(crate) declared: Option<(Option<&'static str>, &'static str)>,
    /// None is `*`.
    pub(crate) args: Vec<Node>,
    pub(crate) distinct: bool,
    /// `ORDER BY` of the arguments, or `WITHIN GROUP (ORDER BY …)`.
    pub(crate) order: Vec<Order>,
    pub(crate) within_group: bool,
    /// `FILTER (WHERE …)`
    pub(crate) filter: Vec<Node>,
}

impl Call {
    pub(crate) fn depth(&self) -> u16 {
        let order = self.order.iter().map(|term| &term.node);
        let nodes = self.args.iter().chain(order).chain(&self.filter);
        nodes.map(Node::depth).max().unwrap_or(0)
    }

    pub(crate) fn nodes(&self) -> impl Iterator<Item = &Node> {
        let order = self.order.iter().map(|term| &term.node);
        self.args.iter().chain(order).chain(&self.filter)
    }
}

impl Writer {
    pub(super) fn call(&mut self, call: &Call) {
        match call.declared {
            Some((schema, name)) => self.qualified(schema, name),
            None => self.push(call.function),
        }
        self.push("(");
        if call.distinct {
            self.push("DISTINCT ");
        }
        if call.args.is_empty() && !call.within_group {
            self.push("*");
        }
        self.list(&call.args);
        if call.within_group {
            self.push(") WITHIN GROUP (");
        }
        self.call_order(call);
        self.push(")");
        if !call.filter.is_empty() {
            self.push(" FILTER (");
            let before = self.len();
            self.filters(&call.filter);
            self.remove_space(before);
            self.push(")");
        }
    }

    fn call_order(&mut self, call: &Call) {
        let before = self.len();
        self.order(&call.order);
        if call.args.is_empty() {
            self.remove_space(before);
        }
    }
}

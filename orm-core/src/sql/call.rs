//! Calls of aggregates and window functions.

use std::sync::Arc;

use super::{Node, WindowDef, Writer};
use crate::expr::Order;

/// A call of an aggregate or window function, with all that can stand around its arguments.
#[derive(Debug, Clone, Default)]
pub struct Call {
    pub(crate) function: &'static str,
    /// The schema and name of one that a program declares, instead.
    pub(crate) declared: Option<(Option<&'static str>, &'static str)>,
    pub(crate) args: Vec<Node>,
    /// `*` instead of arguments.
    pub(crate) of_rows: bool,
    pub(crate) distinct: bool,
    /// `ORDER BY` of the arguments, or `WITHIN GROUP (ORDER BY …)`.
    pub(crate) order: Vec<Order>,
    pub(crate) within_group: bool,
    /// `FILTER (WHERE …)`
    pub(crate) filter: Vec<Node>,
    pub(crate) over: Option<Arc<WindowDef>>,
}

impl Call {
    pub(crate) fn depth(&self) -> u16 {
        self.nodes().map(Node::depth).max().unwrap_or(0)
    }

    pub(crate) fn nodes(&self) -> impl Iterator<Item = &Node> {
        let order = self.order.iter().map(|term| &term.node);
        let over = self.over.iter().flat_map(|window| window.nodes());
        self.args.iter().chain(order).chain(&self.filter).chain(over)
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
        if call.of_rows {
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
        if let Some(window) = &call.over {
            self.over(window);
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

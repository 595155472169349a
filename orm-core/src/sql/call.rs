//! Calls of aggregates and window functions.

use std::cell::RefCell;
use std::sync::Arc;

use super::{Node, WindowDef, Writer};
use crate::error::{Error, ErrorKind};
use crate::expr::{Order, Source};

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
    /// Of an aggregate the query whose rows it is computed from, by one of its sources.
    pub(crate) of: Option<Source>,
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
        self.check_level(call);
        match call.declared {
            Some((schema, name)) => {
                self.may_have_effects();
                self.qualified(schema, name);
            }
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

    /// PostgreSQL computes an aggregate in the innermost query that it takes a column of, and `count(*)` in the one where it
    /// stands. If that is not the query whose group it was asked of, it would silently be another aggregate.
    fn check_level(&mut self, call: &Call) {
        let Some(source) = call.of else { return };
        let mut wrong = self.scope.is_innermost(source) != Some(true);
        if self.scope.is_nested() && !wrong {
            let levels = RefCell::new((false, false));
            for node in call.nodes() {
                node.map_sources(&|source| {
                    match self.scope.is_innermost(source) {
                        Some(true) => levels.borrow_mut().0 = true,
                        Some(false) => levels.borrow_mut().1 = true,
                        None => {}
                    }
                    source
                });
            }
            let (inner, outer) = levels.into_inner();
            wrong = outer && !inner;
        }
        if wrong {
            self.fail(Error::new(
                ErrorKind::InvalidQuery,
                format!(
                    "`{}` stands in one query, but is asked of the group or the columns of another; PostgreSQL would compute it \
                     from other rows. Use the group and the columns that the query's own closures receive",
                    call.function
                ),
            ));
        }
    }
}

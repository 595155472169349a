//! `OVER`: window functions' calls, and the WINDOW clause.

use std::sync::Arc;

use super::{Node, Writer};
use crate::expr::Order;

/// What a window function looks at.
#[derive(Debug, Clone, Default)]
pub(crate) struct WindowDef {
    /// What copies of one window share: those that are used by name are written once.
    pub(crate) id: u64,
    /// Whether it is used by name.
    pub(crate) named: bool,
    pub(crate) partition: Vec<Node>,
    pub(crate) order: Vec<Order>,
    pub(crate) frame: Option<Frame>,
}

/// Which rows of the partition, seen from one of them.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    /// `ROWS`, `RANGE` or `GROUPS`.
    pub(crate) unit: &'static str,
    pub(crate) start: Bound,
    pub(crate) end: Bound,
    /// ` EXCLUDE …`, or nothing.
    pub(crate) exclude: &'static str,
}

#[derive(Debug, Clone)]
pub(crate) enum Bound {
    /// `UNBOUNDED PRECEDING` or `CURRENT ROW`, `UNBOUNDED FOLLOWING`
    Fixed(&'static str),
    Preceding(Node),
    Following(Node),
}

impl Bound {
    fn node(&self) -> Option<&Node> {
        match self {
            Self::Fixed(_) => None,
            Self::Preceding(node) | Self::Following(node) => Some(node),
        }
    }

    fn map(&self, map: impl Fn(&Node) -> Node) -> Self {
        match self {
            Self::Fixed(words) => Self::Fixed(words),
            Self::Preceding(node) => Self::Preceding(map(node)),
            Self::Following(node) => Self::Following(map(node)),
        }
    }
}

impl WindowDef {
    pub(crate) fn nodes(&self) -> impl Iterator<Item = &Node> {
        let frame = self.frame.iter().flat_map(|frame| [&frame.start, &frame.end]);
        let order = self.order.iter().map(|term| &term.node);
        self.partition.iter().chain(order).chain(frame.filter_map(Bound::node))
    }

    pub(super) fn map(&self, map: impl Fn(&Node) -> Node) -> Self {
        Self {
            id: self.id,
            named: self.named,
            partition: self.partition.iter().map(&map).collect(),
            order: self.order.iter().map(|term| term.map(&map)).collect(),
            frame: self.frame.as_ref().map(|frame| Frame {
                start: frame.start.map(&map),
                end: frame.end.map(&map),
                ..frame.clone()
            }),
        }
    }
}

/// The windows that expressions use by name, each once, in order of appearance. Those of sub-selects are their own.
pub(crate) fn named_windows<'n>(nodes: impl IntoIterator<Item = &'n Node>) -> Vec<Arc<WindowDef>> {
    let mut windows = Vec::new();
    for node in nodes {
        node.each_call(&mut |call| {
            if let Some(window) = &call.over
                && window.named
                && !windows.iter().any(|other: &Arc<WindowDef>| other.id == window.id)
            {
                windows.push(Arc::clone(window));
            }
        });
    }
    windows
}

impl Writer {
    /// The windows that have names from now on; gives those that had.
    pub(crate) fn set_windows(&mut self, windows: Vec<Arc<WindowDef>>) -> Vec<Arc<WindowDef>> {
        std::mem::replace(&mut self.windows, windows)
    }

    /// The number of a window that has a name, from 0.
    fn window_name(&self, window: &WindowDef) -> Option<usize> {
        let same = |other: &Arc<WindowDef>| window.named && other.id == window.id;
        self.windows.iter().position(same)
    }

    /// ` OVER name` or ` OVER (…)`
    pub(super) fn over(&mut self, window: &WindowDef) {
        self.push(" OVER ");
        match self.window_name(window) {
            Some(number) => self.window_number(number),
            None => self.window(window),
        }
    }

    /// ` WINDOW w1 AS (…), …`, or nothing.
    pub(crate) fn window_clause(&mut self, windows: &[Arc<WindowDef>]) {
        for (index, window) in windows.iter().enumerate() {
            self.push(if index == 0 { " WINDOW " } else { ", " });
            self.window_number(index);
            self.push(" AS ");
            self.window(window);
        }
    }

    fn window_number(&mut self, index: usize) {
        self.push("w");
        self.push(&(index + 1).to_string());
    }

    fn window(&mut self, window: &WindowDef) {
        self.push("(");
        let before = self.len();
        if !window.partition.is_empty() {
            self.push(" PARTITION BY ");
            self.list(&window.partition);
        }
        self.order(&window.order);
        if let Some(frame) = &window.frame {
            self.push(" ");
            self.push(frame.unit);
            self.push(" BETWEEN ");
            self.bound(&frame.start);
            self.push(" AND ");
            self.bound(&frame.end);
            self.push(frame.exclude);
        }
        self.remove_space(before);
        self.push(")");
    }

    fn bound(&mut self, bound: &Bound) {
        let (node, side) = match bound {
            Bound::Fixed(words) => return self.push(words),
            Bound::Preceding(node) => (node, " PRECEDING"),
            Bound::Following(node) => (node, " FOLLOWING"),
        };
        self.node(node);
        self.push(side);
    }
}

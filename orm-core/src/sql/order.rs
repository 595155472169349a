//! ORDER BY.

use super::{Alias, Node, Writer};
use crate::expr::Order;
use crate::model::NullsOrder;

impl Writer {
    /// ` ORDER BY …`, or nothing without terms.
    pub(crate) fn order(&mut self, order: &[Order]) {
        for (index, term) in order.iter().enumerate() {
            self.order_term(index, term, None, false);
        }
    }

    /// One term, `index` from 0. If its expression was written before, `first` tells at which place: PostgreSQL takes two
    /// expressions for the same only if their parameters have the same numbers.
    pub(crate) fn order_term(&mut self, index: usize, term: &Order, first: Option<usize>, qualified: bool) {
        self.push(if index == 0 { " ORDER BY " } else { ", " });
        // An expression that is written again may have an order inside, as those of aggregates.
        let outer = self.repeated;
        self.repeated = first.or(outer);
        self.sort_key(&term.node, qualified);
        if first.is_some() {
            self.repeated = outer;
        }
        if term.descending {
            self.push(" DESC");
        }
        match term.nulls {
            // What PostgreSQL does anyway is not written: an index is matched by its text, too.
            Some(NullsOrder::First) if !term.descending => self.push(" NULLS FIRST"),
            Some(NullsOrder::Last) if term.descending => self.push(" NULLS LAST"),
            _ => {}
        }
    }

    /// An expression of ORDER BY or DISTINCT ON. There a mere name is first looked for among what is selected, and
    /// `"age"::text` is selected as `age`: so beside computed values a column needs its table's name.
    pub(crate) fn sort_key(&mut self, node: &Node, qualified: bool) {
        if qualified && let Node::Column(source, _) = node {
            let entry = self.scope.entry(source.root());
            if let Some((table, Alias::None)) = entry.map(|entry| (entry.table, entry.alias)) {
                self.name(table.name);
                self.push(".");
            }
        }
        self.node(node);
    }
}

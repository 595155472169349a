//! Standing filters: what holds for the rows of a table wherever a statement reads or writes them.
//!
//! The survey makes the condition of each table in FROM, because it can hold sub-selects, and the writer asks for it where it
//! writes the table; those of tables that relations lead to are made there. Each is made once, and kept while the statement
//! is written: its parameters are told from others by their addresses.

use super::{Level, Node, Survey, Writer};
use crate::error::{Error, ErrorKind};
use crate::expr::Source;
use crate::model::{Table, Tenant};
use crate::query::Item;

/// How deep the sub-selects of standing filters may lead to tables with standing filters.
const MOST_FILTERS_IN_A_ROW: u8 = 8;

/// The standing filters of a statement.
#[derive(Debug, Default)]
pub(crate) struct Standing {
    /// Of each source.
    made: Vec<(Source, Node)>,
    /// How many of them the survey is inside of.
    depth: u8,
    /// Whether they lead to each other without end.
    endless: bool,
}

/// What hides rows of a source.
struct Hides {
    source: Source,
    table: &'static Table,
    filter: Option<fn(Source) -> Node>,
    tenant: Option<&'static Tenant>,
}

impl Hides {
    fn of(item: &Item) -> Option<Self> {
        match item.is_table() {
            true => Self::some(item.source, item.table, item.with_hidden, item.all_tenants),
            false => None,
        }
    }

    fn some(source: Source, table: &'static Table, with_hidden: bool, all_tenants: bool) -> Option<Self> {
        let hides = Self {
            source,
            table,
            filter: table.standing.filter(|_| !with_hidden),
            tenant: table.tenant.as_ref().filter(|_| !all_tenants),
        };
        (hides.filter.is_some() || hides.tenant.is_some()).then_some(hides)
    }

    fn condition(&self) -> Node {
        let tenant = self.tenant.and_then(|tenant| {
            let column = Node::Column(self.source, self.table.column(tenant.column)?);
            let value = Node::param((tenant.value)());
            Some(Node::infix(&["", " = ", ""], Level::Comparison, column, value))
        });
        match (tenant, self.filter.map(|filter| filter(self.source))) {
            (Some(tenant), Some(filter)) => filter.into_conjuncts().into_iter().fold(tenant, Node::and),
            (tenant, filter) => tenant.or(filter).unwrap_or_else(|| Node::all(Vec::new())),
        }
    }
}

impl Survey {
    /// The standing filter of an item's table.
    pub(super) fn standing(&mut self, item: &Item) {
        if let Some(hides) = Hides::of(item) {
            self.make_standing(hides);
        }
    }

    fn make_standing(&mut self, hides: Hides) -> Node {
        let source = hides.source;
        if let Some((_, made)) = self.standing.made.iter().find(|(of, _)| *of == source) {
            return made.clone();
        }
        if self.standing.depth >= MOST_FILTERS_IN_A_ROW {
            self.standing.endless = true;
            return Node::TooDeep;
        }
        let node = hides.condition();
        self.standing.made.push((source, node.clone()));
        self.standing.depth += 1;
        self.node(&node);
        self.standing.depth -= 1;
        node
    }
}

impl Writer {
    /// What holds for the rows of an item besides what the query says.
    pub(crate) fn standing(&mut self, item: &Item) -> Option<Node> {
        Some(self.checked_standing(Hides::of(item)?))
    }

    /// What holds for the rows of this source, which is of this table.
    pub(crate) fn standing_of(&mut self, source: Source, table: &'static Table) -> Option<Node> {
        Some(self.checked_standing(Hides::some(source, table, false, false)?))
    }

    /// What holds for the row that a path leads to.
    pub(super) fn standing_of_path(&mut self, path: Source, table: &'static Table) -> Option<Node> {
        Some(self.checked_standing(Hides::some(path, table, path.shows_hidden(), false)?))
    }

    fn checked_standing(&mut self, hides: Hides) -> Node {
        let (source, table) = (hides.source, hides.table);
        let node = self.survey.make_standing(hides);
        let problem = if self.survey.standing.endless {
            "leads to itself through the standing filters of the tables that it reads: say `.with_hidden()` in one of them"
        } else if follows_relations(&node, source) {
            "follows a relation; ask for the row itself: `exists(User::query().filter(|u| u.id.eq(…) & …))`"
        } else {
            return node;
        };
        let text = format!("the standing filter of `{}` {problem}", table.model);
        self.fail(Error::new(ErrorKind::InvalidQuery, text));
        Node::TooDeep
    }
}

/// Whether a condition names columns that relations lead to from this source. Nothing can be joined where a standing filter
/// holds: in an ON, or for a row that is written.
fn follows_relations(node: &Node, source: Source) -> bool {
    let mut survey = Survey::default();
    // What its sub-selects hide does not matter here.
    survey.standing.depth = MOST_FILTERS_IN_A_ROW;
    survey.node(node);
    let behind = |path: &Source| *path != source && source_of(*path, source);
    survey.paths.iter().any(behind)
}

/// Whether a path begins with another one.
fn source_of(mut path: Source, source: Source) -> bool {
    while let Some((before, _)) = path.last_relation() {
        if before == source {
            return true;
        }
        path = before;
    }
    false
}

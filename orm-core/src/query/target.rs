//! The rows that an UPDATE or DELETE finds.

use std::cell::Cell;

use super::Item;
use super::parts::{LockClause, Parts};
use crate::error::{Error, ErrorKind};
use crate::expr::Source;
use crate::model::{ColumnDef, Table};
use crate::sql::{Alias, Level, Node, SourceMap, Survey, Writer};

/// The rows that are written, and what they are joined with.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    /// Which rows of the table, seen alone.
    pub(crate) rows: Parts,
    /// What the table is joined with: items of FROM or USING.
    pub(crate) using: Vec<Item>,
    /// What holds for the joined rows.
    pub(crate) filters: Vec<Node>,
}

impl Target {
    pub(crate) fn new(rows: Parts) -> Self {
        Self {
            rows,
            using: Vec::new(),
            filters: Vec::new(),
        }
    }

    pub(crate) fn named(&self) -> (Source, &'static Table) {
        (self.rows.source(), self.rows.table())
    }

    pub(crate) fn survey(&self, survey: &mut Survey) {
        survey.parts(&self.rows);
        for item in &self.using {
            survey.several = true;
            survey.item(item);
        }
        survey.nodes(&self.filters);
    }

    pub(crate) fn map_sources(&self, map: SourceMap<'_>) -> Self {
        Self {
            rows: self.rows.map_sources(map),
            using: self.using.iter().map(|item| item.map_sources(map)).collect(),
            filters: self.filters.iter().map(|node| node.map_sources(map)).collect(),
        }
    }

    pub(crate) fn roots(&self) -> Vec<Source> {
        let mut roots = self.rows.roots();
        for item in &self.using {
            item.roots(&mut roots);
        }
        roots
    }

    /// Refuses to write all rows unless that was said. A condition that was made of nothing is no filter.
    pub(crate) fn check_all_rows(&self, writer: &mut Writer, verb: &str) {
        let mut conditions = self.rows.filters.iter().chain(&self.filters);
        if !conditions.all(holds_for_all)
            || self.rows.all_rows
            || self.rows.limit.is_some()
            || !self.rows.is_one_table()
        {
            return;
        }
        writer.fail(Error::new(
            ErrorKind::AllRows,
            format!("this would {verb} every row; add a `.filter(…)`, or `.all_rows()` if that is meant"),
        ));
    }

    /// Where an item of FROM refers to the table that is written, it refers to the same row of that table, joined by its
    /// key: nothing in FROM can name the table that is written.
    pub(crate) fn settled(mut self) -> Self {
        let (target, table) = self.named();
        let mut own = Item::table(table);
        // It is the row that is written, for which that holds already.
        (own.with_hidden, own.all_tenants) = (true, true);
        let named = Cell::new(false);
        let map = |source: Source| match source.root() == target {
            true => {
                named.set(true);
                source.with_root(own.source)
            }
            false => source,
        };
        let using: Vec<Item> = self.using.iter().map(|item| item.map_sources(&map)).collect();
        if named.get() {
            let keys = key_columns(table).map(|key| {
                let (row, same) = (Node::Column(target, key), Node::Column(own.source, key));
                Node::infix(&["", " = ", ""], Level::Comparison, row, same)
            });
            self.filters.extend(keys);
            self.using = std::iter::once(own).chain(using).collect();
        }
        self
    }

    /// Whether the rows must be found by a query of its own: with an order, a limit or a lock, or where relations are
    /// followed, because nothing can be joined to the table that is written.
    pub(crate) fn is_picked(&self) -> bool {
        let rows = &self.rows;
        !rows.order.is_empty() || rows.is_bounded() || !rows.is_one_table() || !self.paths().is_empty()
    }

    /// The relations that the rows are found by.
    fn paths(&self) -> Vec<Source> {
        let mut survey = Survey::default();
        survey.parts(&self.rows);
        survey.paths.retain(|path| path.root() == self.rows.source());
        survey.paths
    }

    /// If they must: `WITH picked AS MATERIALIZED (SELECT key …) `. Materialized, because a sub-select that the planner runs
    /// again would find other rows than it locked. Without a lock of its own it gets the one that the write takes anyway:
    /// else of two writers at once both would pick the same rows, and the second would write them although they do not fit
    /// the filter any more.
    pub(crate) fn write_picked(&self, writer: &mut Writer, picked: bool, lock: &'static str) {
        if !picked {
            writer.end_with_clause();
            return;
        }
        let (source, table) = self.named();
        let mut keys = self.rows.clone();
        keys.items = Some(key_columns(table).map(|key| Node::Column(source, key)).collect());
        // A derived table may be one that cannot be locked.
        if keys.is_lockable() {
            keys.lock.get_or_insert(LockClause {
                strength: lock,
                of: Vec::new(),
                wait: "",
            });
        }
        writer.with_more();
        let name = writer.picked_name();
        writer.push(name);
        writer.push(" AS MATERIALIZED (");
        // What the rest of the statement follows is not joined here.
        let others = |path: &Source| path.root() != source;
        let mut paths = self.paths();
        paths.extend(writer.survey.paths.iter().copied().filter(others));
        let all = std::mem::replace(&mut writer.survey.paths, paths);
        keys.write(writer);
        writer.survey.paths = all;
        writer.push(")");
        writer.with_open = true;
        writer.end_with_clause();
    }

    /// The table, as `target` where there is more than it.
    pub(crate) fn write_name(&self, writer: &mut Writer, picked: bool) {
        let (source, table) = self.named();
        writer.table(table);
        if picked || writer.survey.several {
            writer.push(" AS target");
            writer.bring(source, table, Alias::Fixed("target"));
        } else {
            writer.bring(source, table, Alias::None);
        }
        for item in &self.using {
            writer.bring_item(item);
        }
    }

    /// What the table is joined with, behind this keyword.
    pub(crate) fn write_using(&self, writer: &mut Writer, picked: bool, keyword: &str) {
        let mut before = keyword;
        if picked {
            writer.push(before);
            let name = writer.picked_name();
            writer.push(name);
            before = ", ";
        }
        for item in &self.using {
            writer.push(before);
            writer.item(item, false);
            before = ", ";
        }
    }

    /// ` WHERE` the filters, or the picked keys.
    pub(crate) fn write_where(&self, writer: &mut Writer, picked: bool) {
        let mut before = " WHERE ";
        if picked {
            for key in key_columns(self.rows.table()) {
                writer.push(before);
                writer.push("target.");
                writer.name(key.name);
                writer.push(" = ");
                let name = writer.picked_name();
                writer.push(name);
                writer.push(".");
                writer.name(key.name);
                before = " AND ";
            }
        }
        let rows: &[Node] = if picked { &[] } else { &self.rows.filters };
        let mut conditions: Vec<Node> = rows.iter().chain(&self.filters).cloned().collect();
        let target = Some(&self.rows.from).filter(|_| !picked);
        for item in target.into_iter().chain(&self.using) {
            conditions.extend(writer.standing(item).into_iter().flat_map(Node::into_conjuncts));
        }
        writer.conditions_behind(before, &conditions);
    }
}

fn key_columns(table: &'static Table) -> impl Iterator<Item = &'static ColumnDef> {
    table.primary_key.iter().filter_map(move |name| table.column(name))
}

/// Whether a condition holds for every row because it was made of nothing: `Cond::all()`, `all_of` of such, what is joined
/// to one by OR, and NOT of one that holds for none.
fn holds_for_all(condition: &Node) -> bool {
    match condition {
        Node::And(list) => list.iter().all(holds_for_all),
        Node::Or(list) => list.iter().any(holds_for_all),
        _ => negated(condition).is_some_and(holds_for_none),
    }
}

fn holds_for_none(condition: &Node) -> bool {
    match condition {
        Node::Or(list) => list.iter().all(holds_for_none),
        Node::And(list) => list.iter().any(holds_for_none),
        _ => negated(condition).is_some_and(holds_for_all),
    }
}

fn negated(condition: &Node) -> Option<&Node> {
    match condition {
        Node::Sql {
            pieces: ["NOT ", ""],
            args,
            ..
        } => args.first(),
        _ => None,
    }
}

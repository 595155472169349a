//! FROM: items, joins, and the relations that a query follows.

use super::scope::Entry;
use super::{Alias, Level, Node, Writer};
use crate::expr::Source;
use crate::model::ColumnDef;
use crate::query::{Item, Join, JoinKind, Origin, Parts};

impl Writer {
    /// Names the sources of a query: they are spoken of before FROM is written.
    pub(crate) fn bring_sources(&mut self, parts: &Parts) {
        self.bring_item(&parts.from);
        for join in &parts.joins {
            self.bring_item(&join.item);
        }
    }

    pub(crate) fn bring_item(&mut self, item: &Item) {
        let alias = match self.survey.several {
            true => self.scope.new_alias(item.table),
            false => Alias::None,
        };
        self.scope.bring(item.source, item.table, alias, item.outputs(), false);
        for join in &item.inner {
            self.bring_item(&join.item);
        }
        self.bring_paths(item.source);
    }

    /// Names what the relations lead to that the statement follows from this source.
    pub(crate) fn bring_paths(&mut self, root: Source) {
        for index in 0..self.survey.paths.len() {
            let path = self.survey.paths[index];
            if path.root() == root {
                self.bring_path(path);
            }
        }
    }

    /// Each relation once, and those on the way first.
    fn bring_path(&mut self, path: Source) {
        if self.scope.entry(path).is_some() {
            return;
        }
        let Some((before, relation)) = path.last_relation() else {
            return;
        };
        if before.is_path() {
            self.bring_path(before);
        }
        let table = self.scope.table(before);
        let Some(relation) = table.and_then(|table| table.relations.get(relation)) else {
            return; // Its columns are then not found, and that is an error.
        };
        // A row inside of a derived table's may be missing, too: nothing tells here whether an outer join stands there.
        let missing = |entry: &Entry| entry.optional || entry.outputs.is_some();
        let begin = if before.is_path() { before } else { before.root() };
        let table = (relation.table)();
        let optional = relation.optional || table.hides() || self.scope.entry(begin).is_some_and(missing);
        let alias = self.scope.new_alias(table);
        self.scope.bring(path, table, alias, None, optional);
    }

    /// ` FROM …`
    pub(crate) fn from(&mut self, parts: &Parts) {
        let before = self.len();
        self.push(" FROM ");
        if self.ends_with_space(before) {
            self.remove_space(before);
        }
        match parts.keeps_unmatched() {
            true => self.visible_item(&parts.from, false),
            false => self.item(&parts.from, false),
        }
        for join in &parts.joins {
            self.join(join);
        }
    }

    /// What hides rows of the item stands in ON, where they are left out anyway; else it holds before they are joined.
    fn join(&mut self, join: &Join) {
        let kept = matches!(join.kind, JoinKind::Right | JoinKind::Full);
        let standing = if kept { None } else { self.standing(&join.item) };
        let kind = match join.kind {
            JoinKind::Cross if standing.is_some() => JoinKind::Inner,
            kind => kind,
        };
        self.push(kind.keyword());
        match kept {
            true => self.visible_item(&join.item, true),
            false => self.item(&join.item, true),
        }
        let on = match (join.on.clone(), standing) {
            (Some(on), Some(standing)) => Some(standing.into_conjuncts().into_iter().fold(on, Node::and)),
            (on, standing) => on.or(standing),
        };
        if let Some(on) = &on {
            self.push(" ON ");
            self.node(on);
        }
    }

    /// An item and what is joined to it before it is joined itself; then in parentheses if it is not the first one.
    ///
    /// What hides rows of its table is not written here: it belongs into the WHERE or ON of the statement.
    pub(crate) fn item(&mut self, item: &Item, joined: bool) {
        self.item_of(item, joined, false);
    }

    /// The same with no other rows than those that the standing filter of its table leaves.
    pub(crate) fn visible_item(&mut self, item: &Item, joined: bool) {
        self.item_of(item, joined, true);
    }

    fn item_of(&mut self, item: &Item, joined: bool, visible: bool) {
        let paths = match self.survey.paths.is_empty() {
            true => Vec::new(),
            false => self.scope.paths(item.source),
        };
        let group = joined && !(paths.is_empty() && item.inner.is_empty());
        if group {
            self.push("(");
        }
        match if visible { self.standing(item) } else { None } {
            Some(standing) => self.visible_rows(item, &standing),
            None => self.rows(item),
        }
        for join in &item.inner {
            self.join(join);
        }
        for path in paths {
            self.push(if path.optional { " LEFT JOIN " } else { " JOIN " });
            self.path_table(&path);
            self.push(" ON ");
            self.path_condition(path.source);
        }
        if group {
            self.push(")");
        }
    }

    fn path_table(&mut self, path: &Entry) {
        self.table(path.table);
        self.alias(path.alias);
    }

    /// A column that relations lead to from where nothing can be joined, as from the target of an UPDATE: a scalar
    /// sub-select, NULL if there is no row. False if the path cannot be followed.
    pub(super) fn path_value(&mut self, path: Source, column: &'static ColumnDef) -> bool {
        if !path.is_path() {
            return false;
        }
        let Some(table) = self.scope.entry(path.root()).map(|entry| entry.table) else {
            return false;
        };
        let outer = self.scope.open(table);
        self.bring_path(path);
        let steps = self.scope.paths(path.root());
        let Some((first, others)) = steps.split_first().filter(|_| self.scope.entry(path).is_some()) else {
            self.scope.close(outer);
            return false;
        };
        self.push("(SELECT ");
        self.node(&Node::Column(path, column));
        self.push(" FROM ");
        self.path_table(first);
        for step in others {
            self.push(" JOIN ");
            self.path_table(step);
            self.push(" ON ");
            self.path_condition(step.source);
        }
        self.push(" WHERE ");
        self.path_condition(first.source);
        self.push(")");
        self.scope.close(outer);
        true
    }

    /// What ties the row that a path leads to to the one before it, and what hides such rows.
    fn path_condition(&mut self, path: Source) {
        let found = path.last_relation().and_then(|(before, relation)| {
            let relation = self.scope.table(before)?.relations.get(relation)?;
            Some((before, relation))
        });
        let Some((before, relation)) = found else { return };
        for (index, (here, there)) in (relation.keys)().into_iter().enumerate() {
            if index > 0 {
                self.push(" AND ");
            }
            let (here, there) = (Node::Column(before, here), Node::Column(path, there));
            self.node(&Node::infix(&["", " = ", ""], Level::Comparison, there, here));
        }
        let standing = self.standing_of_path(path, (relation.table)());
        for condition in standing.into_iter().flat_map(Node::into_conjuncts) {
            self.push(" AND ");
            self.operand(&condition, Level::And, false);
        }
    }

    /// `(SELECT … FROM table WHERE standing filter) AS alias`
    fn visible_rows(&mut self, item: &Item, standing: &Node) {
        let outer = self.scope.entry(item.source).map_or(Alias::None, |entry| entry.alias);
        let opened = self.scope.open(item.table);
        let alias = self.scope.new_alias(item.table);
        self.scope.bring(item.source, item.table, alias, None, false);
        self.push("(SELECT ");
        self.columns(item.source, item.table);
        self.push(" FROM ");
        self.table(item.table);
        self.alias(alias);
        self.filters(std::slice::from_ref(standing));
        self.push(")");
        self.scope.close(opened);
        self.alias(outer);
    }

    fn rows(&mut self, item: &Item) {
        let entry = self.scope.entry(item.source);
        let alias = entry.map_or(Alias::None, |entry| entry.alias);
        match &item.rows {
            Origin::Table => {
                self.table(item.table);
                self.alias(alias);
            }
            Origin::Query(_) | Origin::Set(_) => {
                if item.lateral {
                    self.push("LATERAL ");
                } else {
                    self.scope.hide();
                }
                self.push("(");
                match &item.rows {
                    Origin::Query(parts) => parts.write(self),
                    Origin::Set(set) => set.write(self),
                    Origin::Table | Origin::Cte(_) | Origin::Function(_) => {}
                }
                self.push(")");
                if !item.lateral {
                    self.scope.show();
                }
                self.alias(alias);
                self.output_names(item.source);
            }
            Origin::Cte(cte) => {
                self.cte_name(cte.id);
                self.alias(alias);
            }
            Origin::Function(function) => {
                if !item.lateral {
                    self.scope.hide();
                }
                function.write(self);
                if !item.lateral {
                    self.scope.show();
                }
                self.alias(alias);
                function.write_names(self);
            }
        }
    }

    /// `(names)` of what a derived table gives.
    fn output_names(&mut self, source: Source) {
        let outputs = self.scope.entry(source).and_then(|entry| entry.outputs.clone());
        let outputs = outputs.unwrap_or_default();
        if !outputs.is_empty() {
            self.push("(");
            self.names(outputs.iter().map(|output| &*output.name));
            self.push(")");
        }
    }
}

//! The untyped parts of a SELECT, and its text.

use std::sync::Arc;

use super::cte::CteDefinition;
use super::from::{Item, Join, JoinKind, Origin};
use super::group::Grouping;
use crate::driver::{Param, Statement};
use crate::error::{Error, ErrorKind};
use crate::expr::{Order, Source};
use crate::model::Table;
use crate::options::Options;
use crate::sql::{Identity, Node, Survey, WindowDef, Writer, named_windows};

/// What a query is made of. The typed builders are thin shells over it.
#[derive(Debug, Clone)]
pub struct Parts {
    pub(crate) from: Item,
    pub(crate) joins: Vec<Join>,
    /// What is selected; `None` is the whole model.
    pub(crate) items: Option<Vec<Node>>,
    pub(crate) distinct: DistinctClause,
    pub(crate) filters: Vec<Node>,
    pub(crate) group: Option<GroupClause>,
    pub(crate) order: Vec<Order>,
    pub(crate) limit: Option<u64>,
    pub(crate) offset: Option<u64>,
    /// `WITH TIES`: the limit lets in what is equal to the last row by the order.
    pub(crate) ties: bool,
    pub(crate) lock: Option<LockClause>,
    pub(crate) all_rows: bool,
    /// CTEs that run with the statement although it does not refer to them.
    pub(crate) with: Vec<Arc<CteDefinition>>,
    /// What is asked of the statement, if this is the whole of it.
    pub(crate) options: Option<Box<Options>>,
}

#[derive(Debug, Clone)]
pub(crate) enum DistinctClause {
    No,
    Rows,
    On(Vec<Node>),
}

impl DistinctClause {
    pub(crate) fn keys(&self) -> &[Node] {
        match self {
            Self::On(keys) => keys,
            Self::No | Self::Rows => &[],
        }
    }
}

/// Groups: by these keys, and which of them. Without a key all rows are one group.
#[derive(Debug, Clone, Default)]
pub(crate) struct GroupClause {
    pub(crate) keys: Vec<Node>,
    pub(crate) grouping: Grouping,
    pub(crate) having: Vec<Node>,
}

#[derive(Debug, Clone)]
pub(crate) struct LockClause {
    pub(crate) strength: &'static str,
    /// The tables whose rows are locked; none is all.
    pub(crate) of: Vec<Source>,
    pub(crate) wait: &'static str,
}

impl Parts {
    pub(crate) fn new(table: &'static Table) -> Self {
        Self::from(Item::table(table))
    }

    /// All rows of a FROM item.
    pub(crate) fn from(item: Item) -> Self {
        Self {
            from: item,
            joins: Vec::new(),
            items: None,
            distinct: DistinctClause::No,
            filters: Vec::new(),
            group: None,
            order: Vec::new(),
            limit: None,
            offset: None,
            ties: false,
            lock: None,
            all_rows: false,
            with: Vec::new(),
            options: None,
        }
    }

    pub(crate) fn source(&self) -> Source {
        self.from.source
    }

    pub(crate) fn table(&self) -> &'static Table {
        self.from.table
    }

    /// About this table: a derived table gives rows of a model, whatever table it reads first.
    pub(crate) fn of_table(mut self, table: &'static Table) -> Self {
        if !matches!(self.from.rows, Origin::Table) {
            self.from.table = table;
        }
        self
    }

    /// Whether it reads one table and nothing else.
    pub(crate) fn is_one_table(&self) -> bool {
        matches!(self.from.rows, Origin::Table) && self.from.inner.is_empty() && self.joins.is_empty()
    }

    /// Whether it is `… UNION …` and at most a limit: that is written without a SELECT around it.
    pub(crate) fn is_plain_set(&self) -> bool {
        let bare = self.joins.is_empty() && self.items.is_none() && self.order.is_empty() && self.filters.is_empty();
        let ungrouped = self.group.is_none() && matches!(self.distinct, DistinctClause::No) && self.lock.is_none();
        bare && ungrouped && matches!(self.from.rows, Origin::Set(_))
    }

    /// Whether it is a FROM item with no more than filters.
    pub(crate) fn is_one_source(&self) -> bool {
        let bare = self.joins.is_empty() && self.items.is_none() && self.order.is_empty() && !self.is_bounded();
        bare && self.group.is_none() && matches!(self.distinct, DistinctClause::No) && self.with.is_empty()
    }

    /// With all columns of its first source selected.
    pub(crate) fn with_all_columns(mut self) -> Self {
        if !matches!(self.from.rows, Origin::Table) {
            self.items = Some(self.from.columns());
        }
        self
    }

    /// A writer that knows what this query holds.
    pub(crate) fn writer(&self) -> Writer {
        let mut survey = Survey::default();
        survey.parts(self);
        Writer::new("SELECT", self.table(), survey)
    }

    pub(crate) fn statement(&self) -> Result<Statement, Error> {
        let mut writer = self.writer();
        writer.with_clause();
        self.write(&mut writer);
        self.finish(writer)
    }

    /// The statement that was written, with what is asked of it.
    fn finish(&self, writer: Writer) -> Result<Statement, Error> {
        let options = self.options.clone();
        writer.finish().map(|statement| Statement { options, ..statement })
    }

    /// The statement of a prepared query, and which of its parameters get their values later.
    pub(crate) fn prepared_statement(&self) -> Result<(Statement, Vec<(usize, u16)>), Error> {
        let mut writer = self.writer();
        writer.with_clause();
        self.write(&mut writer);
        let (mut statement, placeholders) = writer.finish_prepared()?;
        statement.options.clone_from(&self.options);
        Ok((statement, placeholders))
    }

    /// `SELECT count(*)` of the rows that the query gives.
    pub(crate) fn count_statement(mut self) -> Result<Statement, Error> {
        let distinct = !matches!(self.distinct, DistinctClause::No);
        if !distinct {
            self.items = Some(Vec::new());
        }
        if !(distinct || self.is_bounded() || self.group.is_some()) {
            self.order.clear();
            self.items = Some(vec![Node::sql(&["count(*)"], crate::sql::Level::Atom, [])]);
            return self.statement();
        }
        let mut writer = self.writer();
        writer.with_clause();
        writer.push("SELECT count(*) FROM (");
        self.write(&mut writer);
        writer.push(") AS counted");
        self.finish(writer)
    }

    /// Whether it gives only some of the rows that its filters find.
    pub(crate) fn is_bounded(&self) -> bool {
        self.limit.is_some() || self.offset.is_some() || self.lock.is_some()
    }

    /// `SELECT EXISTS (…)`.
    pub(crate) fn exists_statement(mut self) -> Result<Statement, Error> {
        self.reduce_to_existence();
        let mut writer = self.writer();
        writer.with_clause();
        writer.push("SELECT EXISTS (");
        self.write(&mut writer);
        writer.push(")");
        self.finish(writer)
    }

    /// Leaves away what does not matter where it is only asked whether there is a row.
    pub(crate) fn reduce_to_existence(&mut self) {
        self.order.clear();
        self.ties = false;
        if self.offset.is_none() {
            self.distinct = DistinctClause::No;
        }
        if matches!(self.distinct, DistinctClause::No) {
            self.items = Some(Vec::new());
        }
    }

    /// How deep its expressions are nested.
    pub(crate) fn depth(&self) -> u16 {
        let group = self
            .group
            .iter()
            .flat_map(|group| group.keys.iter().chain(&group.having));
        let order = self.order.iter().map(|term| &term.node);
        let selected = self.items.iter().flatten().chain(self.distinct.keys());
        let nodes = selected.chain(&self.filters).chain(group).chain(order);
        let joined = self.joins.iter().map(Join::depth).max().unwrap_or(0);
        nodes
            .map(Node::depth)
            .max()
            .unwrap_or(0)
            .max(joined)
            .max(self.from.depth())
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        if let Origin::Set(set) = &self.from.rows
            && self.is_plain_set()
        {
            set.write(writer);
            self.write_bounds(writer);
            return;
        }
        let outer = writer.scope.open(self.table());
        writer.bring_sources(self);
        let windows = self.windows();
        let outer_windows = writer.set_windows(windows.clone());
        writer.push("SELECT ");
        let written = self.write_items(writer);
        writer.from(self);
        self.write_filters(writer);
        if let Some(group) = &self.group {
            group.write(writer, self.items.as_deref().unwrap_or_default());
        }
        writer.window_clause(&windows);
        self.write_order(writer, &written);
        self.write_bounds(writer);
        if let Some(lock) = &self.lock {
            writer.may_have_effects();
            self.check_lock(writer);
            self.write_lock(lock, writer);
        }
        writer.set_windows(outer_windows);
        writer.scope.close(outer);
    }

    /// Whether a join keeps rows of its own side to which none of the first item belongs: what holds for those of the first
    /// item alone cannot stand in WHERE then.
    pub(crate) fn keeps_unmatched(&self) -> bool {
        let kinds = self.joins.iter().map(|join| join.kind);
        kinds
            .into_iter()
            .any(|kind| matches!(kind, JoinKind::Right | JoinKind::Full))
    }

    /// ` WHERE` the filters, and what hides rows of the first item.
    fn write_filters(&self, writer: &mut Writer) {
        let standing = if self.keeps_unmatched() {
            None
        } else {
            writer.standing(&self.from)
        };
        match standing {
            None => writer.filters(&self.filters),
            Some(standing) => {
                let filters: Vec<Node> = self.filters.iter().cloned().chain(standing.into_conjuncts()).collect();
                writer.filters(&filters);
            }
        }
    }

    /// What can hold window functions: what is selected and its order.
    fn outputs_and_order(&self) -> impl Iterator<Item = &Node> {
        let order = self.order.iter().map(|term| &term.node);
        self.items.iter().flatten().chain(order)
    }

    fn windows(&self) -> Vec<Arc<WindowDef>> {
        named_windows(self.outputs_and_order())
    }

    /// Whether a window function is selected or ordered by.
    pub(crate) fn has_windows(&self) -> bool {
        let mut windowed = false;
        for node in self.outputs_and_order() {
            node.each_call(&mut |call| windowed |= call.over.is_some());
        }
        windowed
    }

    /// PostgreSQL locks no rows where a window function is computed (0A000): said here, before anything is sent.
    fn check_lock(&self, writer: &mut Writer) {
        if self.has_windows() {
            writer.fail(Error::new(
                ErrorKind::InvalidQuery,
                "rows cannot be locked, updated or deleted by a query with window functions; select their keys first, and \
                 filter by these: `.filter(|p| p.id.in_(…))`",
            ));
        }
    }

    /// What is selected; gives the expressions that DISTINCT compares the order with.
    fn write_items(&self, writer: &mut Writer) -> Vec<Written> {
        match &self.distinct {
            DistinctClause::No => {}
            DistinctClause::Rows => {
                writer.push("DISTINCT ");
                return match &self.items {
                    Some(items) => Written::list(writer, items, false),
                    None => Written::list(writer, &self.columns(), false),
                };
            }
            DistinctClause::On(keys) => {
                writer.push("DISTINCT ON (");
                let keys = Written::list(writer, keys, self.computes());
                writer.push(") ");
                self.write_plain_items(writer);
                return keys;
            }
        }
        self.write_plain_items(writer);
        Vec::new()
    }

    fn write_plain_items(&self, writer: &mut Writer) {
        match &self.items {
            None if matches!(self.from.rows, Origin::Table) => writer.columns(self.source(), self.table()),
            None => writer.list(&self.columns()),
            Some(items) => writer.list(items),
        }
    }

    /// Whether it selects more than columns.
    fn computes(&self) -> bool {
        let mut items = self.items.iter().flatten();
        items.any(|item| !matches!(item, Node::Column(..)))
    }

    /// The columns of its first source.
    pub(crate) fn columns(&self) -> Vec<Node> {
        self.from.columns()
    }

    fn write_order(&self, writer: &mut Writer, written: &[Written]) {
        let qualified = self.computes();
        if matches!(self.distinct, DistinctClause::No) {
            for (index, term) in self.order.iter().enumerate() {
                writer.order_term(index, term, None, qualified);
            }
            return;
        }
        let order = match &self.distinct {
            DistinctClause::On(keys) => self.distinct_on_order(writer, keys),
            DistinctClause::No | DistinctClause::Rows => self.order.clone(),
        };
        for (index, term) in order.iter().enumerate() {
            let identity = writer.identity(&term.node);
            let same = written.iter().find(|written| written.identity == identity);
            // PostgreSQL sorts a DISTINCT only by what it selects (42P10): said here, before anything is sent.
            if same.is_none() && matches!(self.distinct, DistinctClause::Rows) {
                writer.fail(Error::new(
                    ErrorKind::InvalidQuery,
                    format!(
                        "a distinct query is ordered by {}, which it does not select; select it, too",
                        identity.text()
                    ),
                ));
            }
            writer.order_term(index, term, same.map(|written| written.place), qualified);
        }
    }

    /// The order with DISTINCT ON's keys first, where PostgreSQL wants them: those that the order already begins with
    /// keep their direction, the others are put before it.
    fn distinct_on_order(&self, writer: &mut Writer, keys: &[Node]) -> Vec<Order> {
        let keys: Vec<(Identity, &Node)> = keys.iter().map(|key| (writer.identity(key), key)).collect();
        let mut leading = 0;
        let mut seen: Vec<Identity> = Vec::new();
        for term in &self.order {
            let identity = writer.identity(&term.node);
            if !keys.iter().any(|(key, _)| *key == identity) {
                break;
            }
            seen.push(identity);
            leading += 1;
        }
        let mut order: Vec<Order> = self.order[..leading].to_vec();
        for (identity, key) in &keys {
            if !seen.contains(identity) {
                order.push(Order::by((*key).clone(), crate::types::builtin::BOOL, true, false));
            }
        }
        order.extend_from_slice(&self.order[leading..]);
        order
    }

    fn write_bounds(&self, writer: &mut Writer) {
        if self.ties && self.order.is_empty() {
            writer.fail(Error::new(
                ErrorKind::InvalidQuery,
                "`limit_with_ties` needs an order: rows are ties by it; add `.order_by(…)`",
            ));
        }
        let limit = if self.ties { " FETCH FIRST " } else { " LIMIT " };
        for (keyword, bound) in [(limit, self.limit), (" OFFSET ", self.offset)] {
            let Some(bound) = bound else { continue };
            match i64::try_from(bound) {
                Ok(bound) => {
                    writer.push(keyword);
                    writer.param(Param::new(&bound));
                    if keyword == " FETCH FIRST " {
                        writer.push(" ROWS WITH TIES");
                    }
                }
                // More rows than PostgreSQL can count: no bound for LIMIT, and nothing behind it for OFFSET.
                Err(_) if keyword != " OFFSET " => {}
                Err(_) => writer.push(" OFFSET 9223372036854775807"),
            }
        }
    }
}

/// An expression that stands in the text already.
struct Written {
    identity: Identity,
    /// How many parameters were written before it.
    place: usize,
}

impl Written {
    /// Writes expressions between commas.
    fn list(writer: &mut Writer, nodes: &[Node], qualified: bool) -> Vec<Self> {
        let mut list = Vec::with_capacity(nodes.len());
        for (index, node) in nodes.iter().enumerate() {
            if index > 0 {
                writer.push(", ");
            }
            list.push(Self {
                identity: writer.identity(node),
                place: writer.place(),
            });
            writer.sort_key(node, qualified);
        }
        list
    }
}

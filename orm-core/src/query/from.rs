//! What stands in a FROM clause.

use std::borrow::Cow;
use std::sync::Arc;

use super::Parts;
use super::cte::CteSource;
use super::function::FunctionCall;
use super::set::SetOperation;
use crate::__private::STUB_TABLE;
use crate::driver::Param;
use crate::expr::{POSITIONAL, Source};
use crate::model::{ColumnDef, Table};
use crate::sql::{MOST_DEPTH, Node, Output, array_beside};

/// One item of a FROM clause.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) source: Source,
    /// The table, or the one that its rows come from in the first place: for traces and errors.
    pub(crate) table: &'static Table,
    pub(crate) rows: Origin,
    /// Whether it can refer to the items before it.
    pub(crate) lateral: bool,
    /// What is joined to it before it is joined itself: the model between, of a relation of many to many.
    pub(crate) inner: Vec<Join>,
    /// Whether the rows that the table's standing filter hides are there, too.
    pub(crate) with_hidden: bool,
    /// Whether the rows of all tenants are there.
    pub(crate) all_tenants: bool,
    /// What a derived table gives: asked for each of its columns, so worked out once.
    pub(crate) query_outputs: Arc<[Output]>,
}

/// Where the rows of an item come from.
#[derive(Debug, Clone)]
pub(crate) enum Origin {
    /// The table itself.
    Table,
    /// A derived table.
    Query(Arc<Parts>),
    /// A derived table of several queries: `… UNION …`.
    Set(Arc<SetOperation>),
    /// A query that stands in the WITH clause of the statement.
    Cte(CteSource),
    /// A function that gives rows.
    Function(Arc<FunctionCall>),
}

/// A join with what stands before it.
#[derive(Debug, Clone)]
pub(crate) struct Join {
    pub(crate) kind: JoinKind,
    pub(crate) item: Item,
    /// `None` of a cross join.
    pub(crate) on: Option<Node>,
}

/// How rows without a match are treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JoinKind {
    Inner,
    Left,
    Right,
    Full,
    Cross,
}

impl Join {
    pub(crate) fn depth(&self) -> u16 {
        self.on.as_ref().map_or(0, Node::depth).max(self.item.depth())
    }
}

impl JoinKind {
    pub(crate) const fn keyword(self) -> &'static str {
        match self {
            Self::Inner => " JOIN ",
            Self::Left => " LEFT JOIN ",
            Self::Right => " RIGHT JOIN ",
            Self::Full => " FULL JOIN ",
            Self::Cross => " CROSS JOIN ",
        }
    }
}

impl Item {
    /// A table.
    pub(crate) fn table(table: &'static Table) -> Self {
        Self::new(table, Origin::Table)
    }

    pub(crate) fn new(table: &'static Table, rows: Origin) -> Self {
        Self {
            source: Source::new(),
            table,
            rows,
            lateral: false,
            inner: Vec::new(),
            with_hidden: false,
            all_tenants: false,
            query_outputs: Arc::default(),
        }
    }

    /// What is known of rows of `table`, as arrays of these columns; behind them the number of each row, from 1.
    pub(crate) fn known(
        source: Source,
        columns: &[&'static ColumnDef],
        table: &'static Table,
        arrays: Vec<Param>,
    ) -> Self {
        static KEYS: Table = Table {
            model: "a load",
            name: "keys",
            ..*STUB_TABLE
        };
        let arrays = arrays.into_iter().zip(columns);
        let arrays = arrays.map(|(array, column)| array_beside(Node::param(array), column));
        let call = FunctionCall::unnest(columns, table, arrays.collect());
        Self {
            source,
            ..Self::new(&KEYS, Origin::Function(Arc::new(call)))
        }
    }

    /// The number of each row of [`known`](Self::known) ones.
    pub(crate) fn number(&self, columns: usize) -> Node {
        Node::Column(self.source.skip(columns), POSITIONAL)
    }

    /// The table of this source, be it this or one that is joined to it.
    pub(crate) fn table_of(&self, source: Source) -> Option<&'static Table> {
        let item = self.find(source)?;
        item.is_table().then_some(item.table)
    }

    /// Whether it is a table as it is.
    pub(crate) fn is_table(&self) -> bool {
        matches!(self.rows, Origin::Table)
    }

    /// A derived table.
    pub(crate) fn query(parts: Parts) -> Self {
        let parts = parts.bounded();
        let outputs = parts.outputs().into();
        let mut item = Self::new(parts.from.table, Origin::Query(Arc::new(parts)));
        item.query_outputs = outputs;
        item
    }

    /// What it gives, if it is no table.
    pub(crate) fn outputs(&self) -> Option<Vec<Output>> {
        match &self.rows {
            Origin::Table => None,
            Origin::Query(_) => Some(self.query_outputs.to_vec()),
            Origin::Set(set) => Some(set.outputs.clone()),
            Origin::Cte(cte) => Some(cte.outputs.to_vec()),
            Origin::Function(function) => Some(function.outputs()),
        }
    }

    /// All that it gives, as expressions.
    pub(crate) fn columns(&self) -> Vec<Node> {
        match self.outputs() {
            None => {
                let columns = self.table.columns.iter();
                columns.map(|column| Node::Column(self.source, column)).collect()
            }
            Some(outputs) => {
                let column = |(at, output): (usize, &Output)| {
                    let definition = output.model.map_or(POSITIONAL, |(column, _)| column);
                    Node::Column(self.source.skip(at), definition)
                };
                outputs.iter().enumerate().map(column).collect()
            }
        }
    }

    /// Whether PostgreSQL locks its rows where a statement locks all: those of tables, and of derived tables whose rows are
    /// those of tables.
    pub(crate) fn is_lockable(&self) -> bool {
        match &self.rows {
            Origin::Table => true,
            Origin::Query(parts) => parts.is_lockable(),
            Origin::Set(_) | Origin::Cte(_) | Origin::Function(_) => false,
        }
    }

    /// The model's column at a position of what it gives.
    fn model_at(&self, position: usize) -> Option<(&'static ColumnDef, &'static Table)> {
        match &self.rows {
            Origin::Query(_) => self.query_outputs.get(position)?.model,
            Origin::Set(set) => set.outputs.get(position)?.model,
            Origin::Cte(cte) => cte.outputs.get(position)?.model,
            Origin::Table | Origin::Function(_) => self.outputs()?.get(position)?.model,
        }
    }

    /// How deep its expressions are nested.
    pub(crate) fn depth(&self) -> u16 {
        let inner = self.inner.iter().map(Join::depth).max().unwrap_or(0);
        let rows = match &self.rows {
            Origin::Table | Origin::Cte(_) => 0,
            Origin::Query(parts) => parts.depth().saturating_add(10),
            Origin::Set(set) => set.depth().saturating_add(10),
            Origin::Function(function) => function.depth().saturating_add(1),
        };
        inner.max(rows)
    }

    /// The item of this root, be it this or one that is joined to it.
    fn find(&self, root: Source) -> Option<&Self> {
        if self.source == root {
            return Some(self);
        }
        self.inner.iter().find_map(|join| join.item.find(root))
    }
}

impl Parts {
    /// Itself, unless it is nested too deep: then what the writer refuses. Queries can be nested in a loop.
    pub(crate) fn bounded(self) -> Self {
        if self.depth() <= MOST_DEPTH {
            return self;
        }
        let mut refused = Self::new(self.table());
        refused.filters.push(Node::TooDeep);
        refused
    }

    /// The names of what it gives. A model's column keeps its name where no other has it.
    pub(crate) fn outputs(&self) -> Vec<Output> {
        let columns;
        let items = match &self.items {
            Some(items) => items,
            None if self.is_plain_set() => return self.from.outputs().unwrap_or_default(),
            None => {
                columns = self.columns();
                &columns
            }
        };
        let mut outputs: Vec<Output> = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let model = self.model_column(item);
            let name = model.map_or("", |(column, _)| column.name);
            let taken = name.is_empty() || outputs.iter().any(|output| output.name == name);
            let name = match taken {
                false => Cow::Borrowed(name),
                true => Cow::Owned(format!("c{}", index + 1)),
            };
            outputs.push(Output { name, model });
        }
        outputs
    }

    /// The model's column that an item of the select list is.
    fn model_column(&self, item: &Node) -> Option<(&'static ColumnDef, &'static Table)> {
        match item {
            Node::Column(source, column) if !column.name.is_empty() => Some((column, self.table_of(*source)?)),
            Node::Column(source, _) => self.item(source.root())?.model_at(source.position()),
            _ => None,
        }
    }

    pub(crate) fn item(&self, root: Source) -> Option<&Item> {
        let joined = || self.joins.iter().find_map(|join| join.item.find(root));
        self.from.find(root).or_else(joined)
    }

    /// The table whose row a source of this query is.
    fn table_of(&self, source: Source) -> Option<&'static Table> {
        if let Some((before, relation)) = source.last_relation() {
            let relation = self.table_of(before)?.relations.get(relation)?;
            return Some((relation.table)());
        }
        let item = self.item(source.root())?;
        match item.rows {
            Origin::Table => Some(item.table),
            _ => item.model_at(source.position()).map(|(_, table)| table),
        }
    }
}

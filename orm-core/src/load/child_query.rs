//! What is asked for of a relation to many, and its statements.

use super::Items;
use super::keys::Keys;
use super::run::Above;
use crate::__private::STUB_TABLE;
use crate::driver::{Param, Statement};
use crate::error::Error;
use crate::expr::{Order, Source};
use crate::model::ColumnDef;
use crate::query::{Item, Join, JoinKind, Pair, Parts};
use crate::sql::{Level as Precedence, Node, Survey, is_plain_text, orders};
use crate::types::{PgKind, builtin};
use crate::window;

use super::many::Strategy;

/// What is asked for, without its types.
#[derive(Debug)]
pub struct ChildQuery {
    pub(super) item: Item,
    pub(super) pairs: Vec<Pair>,
    pub(super) filters: Vec<Node>,
    pub(super) order: Vec<Order>,
    pub(super) limit: Option<u64>,
    pub(super) offset: Option<u64>,
    pub(super) ties: bool,
    pub(super) items: Items,
    pub(super) strategy: Strategy,
    /// The columns of the rows above that its filters and expressions name, those of one source side by side.
    pub(super) captured: Vec<(Source, &'static ColumnDef)>,
}

impl ChildQuery {
    pub(super) fn new(item: Item, pairs: Vec<Pair>, filters: Vec<Node>, items: Items) -> Self {
        Self {
            item,
            pairs,
            filters,
            order: Vec::new(),
            limit: None,
            offset: None,
            ties: false,
            items,
            strategy: Strategy::Auto,
            captured: Vec::new(),
        }
    }

    /// A relation that something was selected of.
    pub(crate) fn of_parts(parts: Parts, pairs: Vec<Pair>, items: Items) -> Self {
        let mut filters = parts.filters;
        // The first one ties it to the row at hand.
        filters.remove(0);
        Self {
            order: parts.order,
            limit: parts.limit,
            offset: parts.offset,
            ties: parts.ties,
            ..Self::new(parts.from, pairs, filters, items)
        }
    }

    pub(super) fn is_lateral(&self) -> bool {
        self.limit.is_some() || self.offset.is_some() || self.strategy == Strategy::Lateral
    }

    /// Notes the columns of the rows above, which come from these roots, that its filters and expressions name.
    pub(super) fn capture(&mut self, above: &[Source]) {
        let own = self.pairs.iter().map(|pair| pair.of.root());
        let roots = above.iter().copied().chain(own).collect();
        let mut survey = Survey {
            of: Some((roots, Vec::new())),
            ..Survey::default()
        };
        survey.nodes(&self.filters);
        survey.nodes(self.order.iter().map(|term| &term.node));
        survey.nodes(&self.items.nodes);
        let mut rest = survey.of.map(|(_, columns)| columns).unwrap_or_default();
        while let Some((source, _)) = rest.first().copied() {
            self.captured.extend(rest.extract_if(.., |(of, _)| *of == source));
        }
    }

    /// The same, with the columns of the rows above taken from what is known of these.
    pub(super) fn over_known(&self, given: Source) -> Self {
        let position = |source: Source| self.captured.iter().position(|(of, _)| *of == source);
        let map = |source: Source| position(source).map_or(source, |at| given.skip(self.pairs.len() + at));
        Self {
            item: self.item.clone(),
            pairs: self.pairs.clone(),
            filters: self.filters.iter().map(|filter| filter.map_sources(&map)).collect(),
            order: orders(&self.order, &map),
            items: self.items.map_sources(&map),
            captured: Vec::new(),
            ..*self
        }
    }

    /// What its rows have in common with the row that `parent` gives the key of.
    pub(super) fn tied(&self, parent: impl Fn(usize, &Pair) -> Node) -> Vec<Node> {
        let pairs = self.pairs.iter().enumerate();
        pairs
            .map(|(at, pair)| {
                let there = Node::Column(pair.source, pair.column);
                Node::infix(&["", " = ", ""], Precedence::Comparison, there, parent(at, pair))
            })
            .collect()
    }

    /// As an item to be joined and the condition; what it selects, and its order.
    fn joined(&self, tied: Vec<Node>) -> Found {
        let conditions = tied.into_iter().chain(self.filters.iter().cloned()).collect();
        let mut items = self.items.nodes.clone();
        if !self.is_lateral() {
            return Found {
                item: self.item.clone(),
                on: Node::all(conditions),
                items,
                order: self.order.clone(),
            };
        }
        let mut parts = Parts::from(self.item.clone());
        parts.filters = conditions;
        parts.order.clone_from(&self.order);
        (parts.limit, parts.offset, parts.ties) = (self.limit, self.offset, self.ties);
        let ordered = !self.order.is_empty();
        if ordered {
            let place = window::row_number().over(|w| w.order_by(self.order.clone()));
            items.push(place.node);
        }
        parts.items = Some(items);
        let mut item = Item::query(parts);
        item.lateral = true;
        let mut items = item.columns();
        let place = if ordered { items.pop() } else { None };
        let order = place.map(|place| Order::by(place, builtin::INT8, false, false));
        Found {
            item,
            on: Node::all(Vec::new()),
            items,
            order: order.into_iter().collect(),
        }
    }

    /// The statement for rows whose keys are these, each with its number.
    pub(super) fn statement(&self, keys: &Keys, params: Vec<Param>) -> Result<Statement, Error> {
        let columns: Vec<&'static ColumnDef> = keys.columns().iter().map(|(_, column)| *column).collect();
        let source = Source::new();
        let given = Item::known(source, &columns, STUB_TABLE, params);
        let number = given.number(columns.len());
        let tied = self.tied(|at, pair| Node::Column(source.skip(at), pair.of_column));
        let found = match self.captured.is_empty() {
            true => self.joined(tied),
            false => self.over_known(source).joined(tied),
        };
        let mut parts = Parts::from(given);
        parts.joins.push(found.join(JoinKind::Inner));
        parts.order = found.ordered([number.clone()]);
        parts.items = Some(found.items.into_iter().chain([number]).collect());
        self.written(parts.statement())
    }

    /// The statement for rows with different keys: those of the rows that it gives say where they belong.
    pub(super) fn statement_of_keys(&self, keys: Param) -> Result<Statement, Error> {
        let found = self.joined(self.tied(|_, _| any_of(keys.clone())));
        let mut parts = Parts::from(found.item);
        parts.filters.push(found.on);
        parts.order = found.order;
        parts.items = Some(found.items);
        self.written(parts.statement())
    }

    /// The statement for the rows of a level above that has not come yet.
    pub(super) fn statement_along(&self, above: &Above) -> Result<Statement, Error> {
        let first = &above.query;
        let given = first.joined(first.tied(|_, _| any_of(above.keys.clone())));
        let of_above = |_, pair: &Pair| Node::Column(pair.of, pair.of_column);
        let found = self.joined(self.tied(of_above));
        let links: Vec<Node> = self.pairs.iter().map(|pair| of_above(0, pair)).collect();
        let mut parts = Parts::from(given.item);
        parts.filters.push(given.on);
        parts.joins.push(found.join(JoinKind::Left));
        parts.order = found.ordered(links.clone());
        parts.items = Some(found.items.into_iter().chain(links).collect());
        self.written(parts.statement())
    }

    /// The statement is about what is loaded, and not about the keys.
    pub(super) fn written(&self, statement: Result<Statement, Error>) -> Result<Statement, Error> {
        let table = Some(self.item.table);
        match statement {
            Ok(statement) => Ok(Statement { table, ..statement }),
            Err(error) => Err(error.with_table(table)),
        }
    }

    /// Whether its rows can be found by a list of keys, and told apart by their own key: one column of a type whose equal
    /// values are the same bytes, and indexed, because without an index each row would be compared with each key.
    pub(super) fn is_by_key(&self) -> bool {
        let [pair] = self.pairs.as_slice() else { return false };
        let table = self.item.table_of(pair.source);
        let indexed = table.is_some_and(|table| table.is_indexed(pair.column.name));
        let alone = !self.is_lateral() && self.captured.is_empty() && self.strategy == Strategy::Auto;
        alone && indexed && has_plain_equality(pair.column) && has_plain_equality(pair.of_column)
    }

    /// Whether its rows can be asked for together with those above.
    pub(super) fn goes_along(&self, above: &Self) -> bool {
        let table = above.item.table;
        let here = self.pairs.iter().all(|pair| pair.of == above.item.source);
        let of: Vec<&str> = self.pairs.iter().map(|pair| pair.of_column.name).collect();
        // Else a row above would come several times, or not be told from others.
        let unique = of.len() == table.primary_key.len() && table.primary_key.iter().all(|key| of.contains(key));
        let plain = above.item.is_table() && above.item.inner.is_empty();
        !of.is_empty() && here && unique && plain && self.strategy == Strategy::Auto
    }
}

/// `ANY ((SELECT $1)::type[])`: the sub-select keeps the planner from planning for each of the keys, which for ten thousand
/// takes longer than finding the rows.
fn any_of(keys: Param) -> Node {
    let ty = keys.ty;
    let list = Node::sql(&["(SELECT ", ")"], Precedence::Atom, [Node::param(keys)]);
    Node::sql(&["ANY (", ")"], Precedence::Atom, [Node::cast(list, ty)])
}

/// Whether values of a column are equal exactly if their bytes are.
fn has_plain_equality(column: &ColumnDef) -> bool {
    /// `bool`, `bytea`, `name`, `int8`, `int2`, `int4`, `text`, `oid`, `varchar`, `date`, `time`, `timestamp`,
    /// `timestamptz`, `uuid`.
    const PLAIN: [u32; 14] = [16, 17, 19, 20, 21, 23, 25, 26, 1043, 1082, 1083, 1114, 1184, 2950];
    match column.ty.oid {
        oid if oid == builtin::TEXT.oid => is_plain_text(column),
        oid => PLAIN.contains(&oid) || matches!(column.ty.kind, PgKind::Enum(..)),
    }
}

/// What is joined to the keys.
struct Found {
    item: Item,
    on: Node,
    items: Vec<Node>,
    order: Vec<Order>,
}

impl Found {
    fn join(&self, kind: JoinKind) -> Join {
        let on = Some(self.on.clone());
        Join {
            kind,
            item: self.item.clone(),
            on,
        }
    }

    /// Its order among the rows that belong together.
    fn ordered(&self, first: impl IntoIterator<Item = Node>) -> Vec<Order> {
        if self.order.is_empty() {
            return Vec::new();
        }
        let first = first
            .into_iter()
            .map(|node| Order::by(node, builtin::INT8, false, false));
        first.chain(self.order.iter().cloned()).collect()
    }
}

//! Loading relations to many rows.

use std::any::Any;
use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::keys::{Chunk, Keys};
use super::receiver::{By, Range, Receiver};
use super::run::{Above, Delivery, Pending};
use super::{Grown, Items, Level, Load, Rows, Slot};
use crate::driver::{Row, RowSink, Statement};
use crate::error::Error;
use crate::expr::{Condition, InFilter, InSelect, Order, Orders, POSITIONAL, Select, Source};
use crate::model::{FieldsOf, Model};
use crate::query::{And, ClauseScope, InScope, Item, Join, JoinKind, Many, Pair, Parts, Selected};
use crate::sql::{Level as Precedence, Node};
use crate::types::builtin;
use crate::window;

/// The rows that belong to each row at hand, as they are to be loaded: ordered, limited, with what belongs to them in turn.
/// `T` is what each becomes.
#[must_use = "a relation does nothing until it is loaded by `with`"]
pub struct Children<M: Model, T> {
    pub(super) query: ChildQuery,
    pub(super) scope: FieldsOf<M>,
    pub(super) rows: Box<dyn Level<T>>,
}

/// What is asked for, without its types.
#[derive(Debug)]
pub struct ChildQuery {
    item: Item,
    pairs: Vec<Pair>,
    filters: Vec<Node>,
    pub(super) order: Vec<Order>,
    pub(super) limit: Option<u64>,
    offset: Option<u64>,
    pub(super) items: Items,
    strategy: Strategy,
}

/// How the rows of a relation to many are found. All give the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Strategy {
    /// Along with the rows above where that is possible, else after them.
    #[default]
    Auto,
    /// After the rows above, by their keys as one array parameter for each column of the key.
    Keys,
    /// As [`Keys`](Self::Keys), with a sub-select for each row above (`LATERAL`), which is how those with a limit are
    /// always found: good where few of many rows belong to each.
    Lateral,
}

impl<M: Model> Many<M> {
    /// With what belongs to each of the rows, when they are loaded: `u.posts().with(|p| p.comments())` gives
    /// `Vec<(Post, Vec<Comment>)>`.
    pub fn with<L: Load>(self, load: impl FnOnce(FieldsOf<M>) -> L) -> Children<M, <M as And>::And<L::Value>> {
        self.load().with(load)
    }

    /// The order in which the rows are loaded: appended to the terms there are.
    pub fn order_by<O: Orders>(self, order: impl FnOnce(FieldsOf<M>) -> O) -> Children<M, M>
    where
        O::Phase: InSelect,
    {
        self.load().order_by(order)
    }

    /// At most so many rows for each row that they belong to, when they are loaded. Say by `order_by` which ones.
    pub fn limit_per_parent(self, rows: u64) -> Children<M, M> {
        self.load().limit_per_parent(rows)
    }

    /// How the rows are found when they are loaded: [`Strategy`].
    pub fn strategy(self, strategy: Strategy) -> Children<M, M> {
        self.load().strategy(strategy)
    }

    /// As it is to be loaded.
    pub(crate) fn load(self) -> Children<M, M> {
        let scope = self.scope();
        let mut items = Items::default();
        let at = items.part::<M>(|nodes| <M as InScope>::append(scope, nodes));
        let (item, pairs, filters) = self.into_pieces();
        Children {
            query: ChildQuery::new(item, pairs, filters, items),
            scope,
            rows: Box::new(Rows::new(super::Cells::<M>::new(at))),
        }
    }
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
            items,
            strategy: Strategy::Auto,
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
            ..Self::new(parts.from, pairs, filters, items)
        }
    }

    fn is_lateral(&self) -> bool {
        self.limit.is_some() || self.offset.is_some() || self.strategy == Strategy::Lateral
    }

    /// What its rows have in common with the row that `parent` gives the key of.
    fn tied(&self, parent: impl Fn(usize, &Pair) -> Node) -> Vec<Node> {
        let pairs = self.pairs.iter().enumerate();
        pairs
            .map(|(at, pair)| {
                let there = Node::Column(pair.source, pair.column);
                Node::infix(&["", " = ", ""], Precedence::Comparison, there, parent(at, pair))
            })
            .collect()
    }

    /// As an item to be joined and the condition; what it selects, and its order. `extra` are columns of its rows that are
    /// selected besides.
    fn joined(&self, tied: Vec<Node>, extra: Vec<Node>) -> Found {
        let conditions = tied.into_iter().chain(self.filters.iter().cloned()).collect();
        let mut items = self.items.nodes.clone();
        items.extend(extra);
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
        (parts.limit, parts.offset) = (self.limit, self.offset);
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

    /// The statement for rows whose keys are these.
    fn statement(&self, keys: Vec<crate::driver::Param>) -> Result<Statement, Error> {
        let given = Item::keys(keys);
        let number = Node::Column(given.source.skip(self.pairs.len()), POSITIONAL);
        let key = |at, _: &Pair| Node::Column(given.source.skip(at), POSITIONAL);
        let found = self.joined(self.tied(key), Vec::new());
        let mut parts = Parts::from(given.clone());
        parts.joins.push(found.join(JoinKind::Inner));
        parts.order = found.ordered([number.clone()]);
        parts.items = Some(found.items.into_iter().chain([number]).collect());
        self.written(parts.statement())
    }

    /// The statement for the rows of a level above that has not come yet.
    fn statement_along(&self, above: &Above) -> Result<Statement, Error> {
        let first = &above.query;
        let given = Item::keys(above.keys.clone());
        let number = Node::Column(given.source.skip(first.pairs.len()), POSITIONAL);
        let key = |at, _: &Pair| Node::Column(given.source.skip(at), POSITIONAL);
        let above = first.joined(first.tied(key), Vec::new());
        let of_above = |_, pair: &Pair| Node::Column(pair.of, pair.of_column);
        let presence = self.pairs.first().map(|pair| Node::Column(pair.source, pair.column));
        let mut found = self.joined(self.tied(of_above), presence.into_iter().collect());
        let presence = found.items.pop();
        let links: Vec<Node> = self.pairs.iter().map(|pair| of_above(0, pair)).collect();
        let mut parts = Parts::from(given.clone());
        parts.joins = vec![above.join(JoinKind::Inner), found.join(JoinKind::Left)];
        parts.order = found.ordered([number.clone()].into_iter().chain(links.clone()));
        parts.items = Some(
            found
                .items
                .into_iter()
                .chain([number])
                .chain(links)
                .chain(presence)
                .collect(),
        );
        self.written(parts.statement())
    }

    /// The statement is about what is loaded, and not about the keys.
    fn written(&self, statement: Result<Statement, Error>) -> Result<Statement, Error> {
        let table = Some(self.item.table);
        match statement {
            Ok(statement) => Ok(Statement { table, ..statement }),
            Err(error) => Err(error.with_table(table)),
        }
    }

    /// Whether its rows can be asked for together with those above.
    fn goes_along(&self, above: &Self) -> bool {
        let table = above.item.table;
        let here = self.pairs.iter().all(|pair| pair.of == above.item.source);
        let of: Vec<&str> = self.pairs.iter().map(|pair| pair.of_column.name).collect();
        // Else a row above would come several times, or not be told from others.
        let unique = !of.is_empty()
            && of.len() == table.primary_key.len()
            && table.primary_key.iter().all(|key| of.contains(key));
        let plain = above.item.is_table() && above.item.inner.is_empty() && !above.is_lateral();
        here && unique && plain && self.strategy == Strategy::Auto
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

impl<M: Model, T: Send + 'static> Children<M, T> {
    /// Only the rows for which this holds.
    pub fn filter<C: Condition>(mut self, condition: impl FnOnce(FieldsOf<M>) -> C) -> Self
    where
        C::Phase: InFilter,
    {
        self.query.filters.push(condition(self.scope).into_condition());
        self
    }

    /// The order of the rows that belong to one row: appended to the terms there are.
    pub fn order_by<O: Orders>(mut self, order: impl FnOnce(FieldsOf<M>) -> O) -> Self
    where
        O::Phase: InSelect,
    {
        order(self.scope).append_to(&mut self.query.order);
        self
    }

    /// At most so many rows for each row that they belong to: the first ones by the order. The last call counts.
    pub fn limit_per_parent(mut self, rows: u64) -> Self {
        self.query.limit = Some(rows);
        self
    }

    /// Without the first rows of each row that they belong to.
    pub fn offset_per_parent(mut self, rows: u64) -> Self {
        self.query.offset = Some(rows);
        self
    }

    /// How the rows are found: [`Strategy`].
    pub fn strategy(mut self, strategy: Strategy) -> Self {
        self.query.strategy = strategy;
        self
    }
}

impl<M: Model> Children<M, M> {
    /// Of each row only this: a column, an expression, or a tuple of these.
    pub fn select<S: Select>(mut self, select: impl FnOnce(FieldsOf<M>) -> S) -> Children<M, S::Row>
    where
        S::Phase: InSelect,
    {
        let mut items = Items::default();
        let at = items.part::<S::Row>(|nodes| select(self.scope).append_to(nodes));
        self.query.items = items;
        Children {
            query: self.query,
            scope: self.scope,
            rows: Box::new(Rows::new(super::Cells::<S::Row>::new(at))),
        }
    }
}

impl<M: Model, T: And + Send + 'static> Children<M, T> {
    /// With what belongs to each of the rows in turn.
    pub fn with<L: Load>(mut self, load: impl FnOnce(FieldsOf<M>) -> L) -> Children<M, T::And<L::Value>> {
        let slot = load(self.scope).into_slot(&mut self.query.items);
        Children {
            rows: Box::new(Grown {
                rows: self.rows,
                added: Rows::new(slot),
            }),
            query: self.query,
            scope: self.scope,
        }
    }
}

/// What a relation's closures receive after `select`.
pub struct OfMany<M>(PhantomData<fn() -> M>);

/// The columns of a relation's rows, and what ties them to the row at hand.
pub struct ManyScope<M: Model> {
    pub(crate) fields: FieldsOf<M>,
    pub(crate) pairs: Vec<Pair>,
}

impl<M: Model> Clone for ManyScope<M> {
    fn clone(&self) -> Self {
        let (fields, pairs) = (self.fields, self.pairs.clone());
        Self { fields, pairs }
    }
}

impl<M: Model> ClauseScope for OfMany<M> {
    type Scope = ManyScope<M>;
    fn moved(scope: &ManyScope<M>, map: &dyn Fn(Source) -> Source) -> ManyScope<M> {
        ManyScope {
            fields: <M as InScope>::map_sources(scope.fields, map),
            pairs: scope.pairs.iter().map(|pair| pair.moved(map)).collect(),
        }
    }
}

/// The rows of a relation to many, one list for each row of the level above.
pub struct ManySlot<T> {
    query: Arc<ChildQuery>,
    keys: Keys,
    receiver: Option<Box<Receiver<T>>>,
    /// Which group each row above has, if it was not asked for by these rows.
    order: Option<Vec<Option<usize>>>,
    groups: std::vec::IntoIter<Vec<T>>,
}

impl<T: Send + 'static> ManySlot<T> {
    /// Adds the keys that it needs to what the level above selects.
    pub(super) fn new(query: ChildQuery, rows: Box<dyn Level<T>>, above: &mut Items) -> Self {
        above.endless = above.endless.or(query.items.endless);
        let key = |pair: &Pair| {
            let at = above.key(Node::Column(pair.of, pair.of_column), pair.of_column.ty);
            (at, pair.of_column)
        };
        Self {
            keys: Keys::new(query.pairs.iter().map(key).collect()),
            receiver: Some(Box::new(Receiver::new(query.items.clone(), rows))),
            query: Arc::new(query),
            order: None,
            groups: Vec::new().into_iter(),
        }
    }

    /// Statements for these keys, each with what says the groups of its rows.
    fn sent(&mut self, chunks: Vec<(Chunk, Range)>) -> Result<Sent<T>, Error> {
        let mut statements = VecDeque::new();
        let mut above = None;
        let only = chunks.len() == 1;
        for (chunk, groups) in chunks {
            if chunk.is_found() {
                let keys = self.keys.params(&chunk)?;
                if only && !self.query.is_lateral() {
                    let query = Arc::clone(&self.query);
                    above = Some(Above {
                        query,
                        keys: keys.clone(),
                    });
                }
                statements.push_back((self.query.statement(keys)?, By::Number { groups }));
            }
        }
        Ok(Sent {
            receiver: self.receiver(),
            statements,
            above,
        })
    }

    fn receiver(&mut self) -> Box<Receiver<T>> {
        // It is there: taken by `begin` and brought back by `end`.
        self.receiver
            .take()
            .unwrap_or_else(|| unreachable!("a level is begun once"))
    }
}

impl<T: Send + 'static> Slot for ManySlot<T> {
    type Now = ();
    type Value = Vec<T>;
    const COMPLETE: bool = false;

    fn read(&mut self, row: &Row<'_>) -> Result<(), Error> {
        self.keys.push(row);
        Ok(())
    }

    fn loads<'a>(&'a mut self, loads: &mut Vec<&'a mut dyn Pending>) {
        loads.push(self);
    }

    fn finish(&mut self, (): ()) -> Vec<T> {
        self.groups.next().unwrap_or_default()
    }
}

impl<T: Send + 'static> Pending for ManySlot<T> {
    fn begin(&mut self) -> Result<Box<dyn Delivery>, Error> {
        let rows = self.keys.len();
        let mut from = 0;
        let chunks = self.keys.take().into_iter().map(|chunk| {
            let groups = Range::From(from);
            from += chunk.len();
            (chunk, groups)
        });
        let chunks = chunks.collect();
        let mut sent = self.sent(chunks)?;
        sent.receiver.add_groups(rows);
        self.order = None;
        Ok(Box::new(sent))
    }

    fn begin_along(&mut self, above: &Above) -> Result<Option<Box<dyn Delivery>>, Error> {
        if !self.query.goes_along(&above.query) {
            return Ok(None);
        }
        let statement = self.query.statement_along(above)?;
        let behind = self.query.items.nodes.len() + 1;
        let links = self.query.pairs.len();
        let by = By::Link {
            keys: (behind..behind + links).collect(),
            child: behind + links,
            known: HashMap::new(),
        };
        Ok(Some(Box::new(Sent {
            receiver: self.receiver(),
            statements: VecDeque::from([(statement, by)]),
            above: None,
        })))
    }

    fn meet(&mut self, delivery: &mut dyn Delivery, numbers: &[usize]) -> Result<(), Error> {
        let Some(sent) = delivery.as_any().downcast_mut::<Sent<T>>() else {
            return Ok(());
        };
        let By::Link { known, .. } = sent.receiver.by(By::Number { groups: Range::From(0) }) else {
            return Ok(());
        };
        let chunks = self.keys.take();
        let ids = chunks.iter().flat_map(Chunk::ids);
        let group =
            |(id, number): (Option<super::keys::KeyId>, &usize)| Some(known.get(&(*number as u64 + 1, id?)).copied());
        let mut order: Vec<Option<Option<usize>>> = ids.zip(numbers).map(group).collect();
        // Rows above that came into being, or came to be found, after the other statement was run.
        let mut groups = Vec::new();
        let mut at = 0;
        for chunk in &chunks {
            let first = at;
            at += chunk.len();
            chunk.each_at(
                |row| order[first + row] == Some(None),
                |cells| self.keys.push_cells(cells.into_iter()),
            );
        }
        for group in order.iter_mut().filter(|group| **group == Some(None)) {
            let added = sent.receiver.add_group();
            *group = Some(Some(added));
            groups.push(added);
        }
        self.order = Some(order.into_iter().map(Option::flatten).collect());
        let mut from = 0;
        for chunk in self.keys.take() {
            let these = groups[from..from + chunk.len()].to_vec();
            from += chunk.len();
            let statement = self.query.statement(self.keys.params(&chunk)?)?;
            let groups = Range::These(these);
            sent.statements.push_back((statement, By::Number { groups }));
        }
        Ok(())
    }

    fn end(&mut self, delivery: Box<dyn Delivery>) {
        let Ok(sent) = delivery.into_any().downcast::<Sent<T>>() else {
            return;
        };
        let mut receiver = sent.receiver;
        let mut groups = receiver.finish();
        if let Some(order) = self.order.take() {
            let mut group = |group: Option<usize>| group.and_then(|group| groups.get_mut(group)).map(std::mem::take);
            groups = order.into_iter().map(|at| group(at).unwrap_or_default()).collect();
        }
        self.groups = groups.into_iter();
        self.receiver = Some(receiver);
    }
}

/// A relation to many on its way.
struct Sent<T> {
    receiver: Box<Receiver<T>>,
    statements: VecDeque<(Statement, By)>,
    above: Option<Above>,
}

impl<T: Send + 'static> Delivery for Sent<T> {
    fn next(&mut self) -> Option<Statement> {
        let (statement, by) = self.statements.pop_front()?;
        self.receiver.by(by);
        Some(statement)
    }

    fn sink(&mut self) -> &mut dyn RowSink {
        &mut *self.receiver
    }

    fn loads<'a>(&'a mut self, loads: &mut Vec<&'a mut dyn Pending>) {
        self.receiver.rows.loads(loads);
    }

    fn above(&self) -> Option<Above> {
        let above = self.above.as_ref()?;
        Some(Above {
            query: Arc::clone(&above.query),
            keys: above.keys.clone(),
        })
    }

    fn numbers(&self) -> Vec<usize> {
        self.receiver.of_rows().to_vec()
    }

    fn as_any(&mut self) -> &mut dyn Any {
        self
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any + Send> {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<M: Model, T: Send + 'static> Load for Children<M, T> {
    type Value = Vec<T>;
    type Slot = ManySlot<T>;
    fn into_slot(self, items: &mut Items) -> ManySlot<T> {
        ManySlot::new(self.query, self.rows, items)
    }
}

#[diagnostic::do_not_recommend]
impl<M: Model> Load for Many<M> {
    type Value = Vec<M>;
    type Slot = ManySlot<M>;
    fn into_slot(self, items: &mut Items) -> ManySlot<M> {
        self.load().into_slot(items)
    }
}

#[diagnostic::do_not_recommend]
impl<M: Model, R: crate::types::FromRow> Load for Selected<OfMany<M>, R> {
    type Value = Vec<R>;
    type Slot = ManySlot<R>;
    fn into_slot(self, above: &mut Items) -> ManySlot<R> {
        let mut items = Items::default();
        let mut parts = self.parts;
        let nodes = parts.items.take().unwrap_or_default();
        let at = items.part::<R>(|list| *list = nodes);
        let query = ChildQuery::of_parts(parts, self.scope.pairs, items);
        let rows = Box::new(Rows::new(super::Cells::<R>::new(at)));
        ManySlot::new(query, rows, above)
    }
}

impl<T> fmt::Debug for ManySlot<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ManySlot({})", self.query.item.table.model)
    }
}

impl<M: Model, T> fmt::Debug for Children<M, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Children<{}>", M::TABLE.model)
    }
}

impl<M> fmt::Debug for OfMany<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OfMany")
    }
}

impl<M: Model> fmt::Debug for ManyScope<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ManyScope<{}>", M::TABLE.model)
    }
}

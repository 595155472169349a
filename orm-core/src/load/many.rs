//! Loading relations to many rows.

use std::any::Any;
use std::collections::VecDeque;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::keys::{Chunk, KeyId, Keys, Known};
use super::receiver::{By, Range, Receiver};
use super::run::{Above, Delivery, Pending};
use super::{Grown, Items, Level, Load, Rows, Slot};
use crate::__private::STUB_TABLE;
use crate::driver::{Param, Row, RowSink, Statement};
use crate::error::Error;
use crate::expr::{Condition, InFilter, InSelect, Order, Orders, Select, Source};
use crate::model::{ColumnDef, FieldsOf, Model};
use crate::query::{And, ClauseScope, InScope, Item, Join, JoinKind, Many, Pair, Parts, Selected};
use crate::sql::{Level as Precedence, Node, Survey, is_plain_text, orders};
use crate::types::{PgKind, builtin};
use crate::window;

/// The rows that belong to each row at hand, as they are to be loaded: ordered, limited, with what belongs to them in turn.
/// `T` is what each becomes.
#[must_use = "a relation does nothing until it is loaded by `with`"]
pub struct ManyLoad<M: Model, T> {
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
    ties: bool,
    pub(super) items: Items,
    strategy: Strategy,
    /// The columns of the rows above that its filters and expressions name, those of one source side by side.
    captured: Vec<(Source, &'static ColumnDef)>,
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
    pub fn with<L: Load>(self, load: impl FnOnce(FieldsOf<M>) -> L) -> ManyLoad<M, <M as And>::And<L::Value>> {
        self.load().with(load)
    }

    /// The order in which the rows are loaded: appended to the terms there are.
    pub fn order_by<O: Orders>(self, order: impl FnOnce(FieldsOf<M>) -> O) -> ManyLoad<M, M>
    where
        O::Phase: InSelect,
    {
        self.load().order_by(order)
    }

    /// At most so many rows for each row that they belong to, when they are loaded. Say by `order_by` which ones.
    pub fn limit_per_parent(self, rows: u64) -> ManyLoad<M, M> {
        self.load().limit_per_parent(rows)
    }

    /// How the rows are found when they are loaded: [`Strategy`].
    pub fn strategy(self, strategy: Strategy) -> ManyLoad<M, M> {
        self.load().strategy(strategy)
    }

    /// As it is to be loaded.
    pub(crate) fn load(self) -> ManyLoad<M, M> {
        let scope = self.scope();
        let (item, pairs, filters) = self.into_pieces();
        let mut roots = Vec::new();
        item.roots(&mut roots);
        let mut items = Items::of_children(roots);
        let at = items.part::<M>(|nodes| <M as InScope>::append(scope, nodes));
        ManyLoad {
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

    fn is_lateral(&self) -> bool {
        self.limit.is_some() || self.offset.is_some() || self.strategy == Strategy::Lateral
    }

    /// Notes the columns of the rows above, which come from these roots, that its filters and expressions name.
    fn capture(&mut self, above: &[Source]) {
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
    fn over_known(&self, given: Source) -> Self {
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
    fn tied(&self, parent: impl Fn(usize, &Pair) -> Node) -> Vec<Node> {
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
    fn statement(&self, keys: &Keys, params: Vec<Param>) -> Result<Statement, Error> {
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
    fn statement_of_keys(&self, keys: Param) -> Result<Statement, Error> {
        let found = self.joined(self.tied(|_, _| any_of(keys.clone())));
        let mut parts = Parts::from(found.item);
        parts.filters.push(found.on);
        parts.order = found.order;
        parts.items = Some(found.items);
        self.written(parts.statement())
    }

    /// The statement for the rows of a level above that has not come yet.
    fn statement_along(&self, above: &Above) -> Result<Statement, Error> {
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
    fn written(&self, statement: Result<Statement, Error>) -> Result<Statement, Error> {
        let table = Some(self.item.table);
        match statement {
            Ok(statement) => Ok(Statement { table, ..statement }),
            Err(error) => Err(error.with_table(table)),
        }
    }

    /// Whether its rows can be found by a list of keys, and told apart by their own key: one column of a type whose equal
    /// values are the same bytes, and indexed, because without an index each row would be compared with each key.
    fn is_by_key(&self) -> bool {
        let [pair] = self.pairs.as_slice() else { return false };
        let table = self.item.table_of(pair.source);
        let indexed = table.is_some_and(|table| table.is_indexed(pair.column.name));
        let alone = !self.is_lateral() && self.captured.is_empty() && self.strategy == Strategy::Auto;
        alone && indexed && has_plain_equality(pair.column) && has_plain_equality(pair.of_column)
    }

    /// Whether its rows can be asked for together with those above.
    fn goes_along(&self, above: &Self) -> bool {
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

impl<M: Model, T: Send + 'static> ManyLoad<M, T> {
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

impl<M: Model> ManyLoad<M, M> {
    /// Of each row only this: a column, an expression, or a tuple of these.
    pub fn select<S: Select>(mut self, select: impl FnOnce(FieldsOf<M>) -> S) -> ManyLoad<M, S::Row>
    where
        S::Phase: InSelect,
    {
        let mut items = Items::of_children(self.query.items.roots);
        let at = items.part::<S::Row>(|nodes| select(self.scope).append_to(nodes));
        self.query.items = items;
        ManyLoad {
            query: self.query,
            scope: self.scope,
            rows: Box::new(Rows::new(super::Cells::<S::Row>::new(at))),
        }
    }
}

impl<M: Model, T: And + Send + 'static> ManyLoad<M, T> {
    /// With what belongs to each of the rows in turn.
    pub fn with<L: Load>(mut self, load: impl FnOnce(FieldsOf<M>) -> L) -> ManyLoad<M, T::And<L::Value>> {
        let slot = load(self.scope).into_slot(&mut self.query.items);
        ManyLoad {
            rows: Box::new(Grown {
                rows: self.rows,
                added: Rows::new(slot),
            }),
            query: self.query,
            scope: self.scope,
        }
    }
}

impl<M: Model, R: crate::types::FromRow> Selected<OfMany<M>, R> {
    /// Only the rows for which this holds.
    pub fn filter<C: Condition>(mut self, condition: impl FnOnce(FieldsOf<M>) -> C) -> Self
    where
        C::Phase: InFilter,
    {
        self.parts.filters.push(condition(self.scope.fields).into_condition());
        self
    }

    /// `ORDER BY`: appended to the terms there are.
    pub fn order_by<O: Orders>(mut self, order: impl FnOnce(FieldsOf<M>) -> O) -> Self
    where
        O::Phase: InSelect,
    {
        order(self.scope.fields).append_to(&mut self.parts.order);
        self
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
    /// Where its own column is that is equal to the first one of the key.
    link: Option<usize>,
    receiver: Option<Box<Receiver<T>>>,
    /// Which group each row above has, if it was not asked for by these rows.
    order: Option<Vec<Option<usize>>>,
    groups: Vec<Vec<T>>,
    /// How many rows above have got theirs.
    taken: usize,
}

impl<T: Send + 'static> ManySlot<T> {
    /// Adds the keys that it needs to what the level above selects.
    pub(super) fn new(mut query: ChildQuery, rows: Box<dyn Level<T>>, above: &mut Items) -> Self {
        above.endless = above.endless.or(query.items.endless);
        query.capture(&above.roots);
        let pairs = query.pairs.iter().map(|pair| (pair.of, pair.of_column));
        let columns = pairs.chain(query.captured.iter().copied());
        let columns = columns.map(|(of, column)| (above.key(Node::Column(of, column), column.ty), column));
        let keys = Keys::new(columns.collect(), query.pairs.len());
        let first = query.pairs.first();
        // By it a row of its own says where it belongs, or, sent along with the level above, that it is there.
        let needs_link = query.is_by_key() || (above.is_below && query.strategy == Strategy::Auto);
        let link = first.map(|pair| (Node::Column(pair.source, pair.column), pair.column.ty));
        let link = link.filter(|_| needs_link).map(|(node, ty)| query.items.key(node, ty));
        Self {
            keys,
            link,
            receiver: Some(Box::new(Receiver::new(query.items.clone(), rows))),
            query: Arc::new(query),
            order: None,
            groups: Vec::new(),
            taken: 0,
        }
    }

    /// The statement by a list of keys, if these are few enough and all different.
    fn by_key(&self, chunks: &[Chunk]) -> Result<Option<(Statement, By, Param)>, Error> {
        let ([chunk], true) = (chunks, self.query.is_by_key()) else {
            return Ok(None);
        };
        let mut known = Known::with_capacity_and_hasher(chunk.len(), Default::default());
        for (row, key) in chunk.ids().enumerate() {
            if let Some(key) = key
                && known.insert(key, row).is_some()
            {
                return Ok(None);
            }
        }
        let Some(keys) = self.keys.params(chunk)?.pop() else {
            return Ok(None);
        };
        let statement = self.query.statement_of_keys(keys.clone())?;
        Ok(self.link.map(|at| (statement, By::Key { at, known }, keys)))
    }

    fn receiver(&mut self) -> Box<Receiver<T>> {
        // It is there: taken when the level begins and brought back at its end.
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
        let at = self.taken;
        self.taken += 1;
        let group = match &self.order {
            Some(order) => order.get(at).copied().flatten(),
            None => Some(at),
        };
        let group = group.and_then(|group| self.groups.get_mut(group));
        group.map(std::mem::take).unwrap_or_default()
    }
}

impl<T: Send + 'static> Pending for ManySlot<T> {
    fn begin(&mut self) -> Result<Box<dyn Delivery>, Error> {
        let rows = self.keys.len();
        let mut chunks = self.keys.take();
        let mut statements = VecDeque::new();
        let mut above = None;
        if let Some((statement, by, keys)) = self.by_key(&chunks)? {
            statements.extend(chunks.remove(0).is_found().then_some((statement, by)));
            let query = Arc::clone(&self.query);
            above = Some(Above { query, keys });
        }
        let mut from = 0;
        for chunk in chunks {
            if chunk.is_found() {
                let statement = self.query.statement(&self.keys, self.keys.params(&chunk)?)?;
                statements.push_back((statement, By::Number(Range::From(from))));
            }
            from += chunk.len();
        }
        let mut receiver = self.receiver();
        receiver.add_groups(rows);
        self.order = None;
        Ok(Box::new(Sent {
            receiver,
            above: above.filter(|_| !statements.is_empty()),
            statements,
        }))
    }

    fn begin_along(&mut self, above: &Above) -> Result<Option<Box<dyn Delivery>>, Error> {
        let (Some(child), true) = (self.link, self.query.goes_along(&above.query)) else {
            return Ok(None);
        };
        let statement = self.query.statement_along(above)?;
        let behind = self.query.items.nodes.len();
        let by = By::Link {
            keys: behind..behind + self.query.pairs.len(),
            child,
            known: Known::default(),
        };
        Ok(Some(Box::new(Sent {
            receiver: self.receiver(),
            statements: VecDeque::from([(statement, by)]),
            above: None,
        })))
    }

    fn meet(&mut self, delivery: &mut dyn Delivery) -> Result<(), Error> {
        let Some(sent) = delivery.as_any().downcast_mut::<Sent<T>>() else {
            return Ok(());
        };
        let By::Link { mut known, .. } = sent.receiver.by(By::Number(Range::From(0))) else {
            return Ok(());
        };
        let tied = self.query.pairs.len();
        let mut order = Vec::with_capacity(self.keys.len());
        // Rows above that came into being, or came to be found, after the other statement was run.
        let (mut missed, mut groups) = (self.keys.alike(), Vec::new());
        for chunk in self.keys.take() {
            chunk.each(|cells| {
                let id = KeyId::new(cells.iter().take(tied).copied());
                let group = id.map(|id| {
                    // A row that comes a second time has a list of its own.
                    known.remove(&id).unwrap_or_else(|| {
                        missed.push_cells(cells.iter().copied());
                        let added = sent.receiver.add_group();
                        groups.push(added);
                        added
                    })
                });
                order.push(group);
            });
        }
        self.order = Some(order);
        let mut groups = groups.into_iter();
        for chunk in missed.take() {
            let statement = self.query.statement(&self.keys, self.keys.params(&chunk)?)?;
            let these = groups.by_ref().take(chunk.len()).collect();
            sent.statements.push_back((statement, By::Number(Range::These(these))));
        }
        Ok(())
    }

    fn end(&mut self, delivery: Box<dyn Delivery>) {
        let Ok(sent) = delivery.into_any().downcast::<Sent<T>>() else {
            return;
        };
        let mut receiver = sent.receiver;
        self.groups = receiver.finish();
        self.taken = 0;
        self.receiver = Some(receiver);
    }

    fn describe(&mut self, statements: &mut Vec<Statement>) -> Result<(), Error> {
        let mut keys = self.keys.params(&self.keys.empty())?;
        statements.push(match keys.pop_if(|_| self.query.is_by_key()) {
            Some(keys) => self.query.statement_of_keys(keys)?,
            None => self.query.statement(&self.keys, keys)?,
        });
        let mut below = Vec::new();
        if let Some(receiver) = &mut self.receiver {
            receiver.rows.loads(&mut below);
        }
        below.into_iter().try_for_each(|level| level.describe(statements))
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

    fn as_any(&mut self) -> &mut dyn Any {
        self
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any + Send> {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<M: Model, T: Send + 'static> Load for ManyLoad<M, T> {
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
        let mut items = Items::of_children(Vec::new());
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

impl<M: Model, T> fmt::Debug for ManyLoad<M, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ManyLoad<{}>", M::TABLE.model)
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

//! What a group hands to its aggregates: its key, and its values, perhaps filtered, ordered or made distinct.

use std::fmt;
use std::marker::PhantomData;

use crate::expr::{Aggregate, Condition, Expr, InAggregate, InFilter, Order, Orders, Select};
use crate::query::{InScope, InScopeOf};
use crate::sql::{Call, Node};

/// A group of rows: what the closures behind `group_by` receive. It has the key, and the aggregates of the group's rows;
/// [`filter`](Self::filter), [`distinct`](Self::distinct) and [`order_by`](Self::order_by) come before an aggregate:
/// `g.filter(|o| o.paid).sum(|o| o.price)`.
///
/// `V` says which values an aggregate takes: [`AllValues`], [`OrderedValues`] or [`DistinctValues`].
pub struct Group<R: InScope, K, V = AllValues> {
    pub(crate) scope: InScopeOf<R>,
    key: K,
    distinct: bool,
    /// Whether the distinct values are ordered by themselves, and downwards.
    descending: Option<bool>,
    filters: Vec<Node>,
    order: Vec<Order>,
    values: PhantomData<fn() -> V>,
}

/// All values, in no particular order.
#[derive(Debug, Clone, Copy)]
pub struct AllValues;

/// All values in an order: after `order_by`.
#[derive(Debug, Clone, Copy)]
pub struct OrderedValues;

/// Each value once: after `distinct`.
#[derive(Debug, Clone, Copy)]
pub struct DistinctValues;

/// Values that an order can be given to.
#[diagnostic::on_unimplemented(
    message = "distinct values cannot be ordered by something else",
    label = "PostgreSQL orders distinct values only by themselves: `.ascending()` or `.descending()`"
)]
pub trait TakesOrder {}
#[diagnostic::do_not_recommend]
impl TakesOrder for AllValues {}
#[diagnostic::do_not_recommend]
impl TakesOrder for OrderedValues {}

/// Values that nothing was said of but a filter.
#[diagnostic::on_unimplemented(
    message = "this takes all values, and not `{Self}`",
    label = "neither `distinct` nor `order_by` can stand before this",
    note = "to count distinct values, name them: `g.distinct().count_of(|o| o.city)`"
)]
pub trait TakesAll {}
#[diagnostic::do_not_recommend]
impl TakesAll for AllValues {}

impl<R: InScope, K: Clone> Group<R, K> {
    pub(crate) fn new(scope: InScopeOf<R>, key: K) -> Self {
        Self {
            scope,
            key,
            distinct: false,
            descending: None,
            filters: Vec::new(),
            order: Vec::new(),
            values: PhantomData,
        }
    }
}

impl<R: InScope, K: Clone, V> Group<R, K, V> {
    /// What the rows are grouped by, as it was given to `group_by`.
    ///
    /// PostgreSQL does not recognise a key that is computed inside of a sub-select; there only columns can be used.
    pub fn key(&self) -> K {
        self.key.clone()
    }

    /// Aggregates of those rows only for which this holds: `FILTER (WHERE condition)`.
    #[must_use]
    pub fn filter<C: Condition>(&self, condition: impl FnOnce(InScopeOf<R>) -> C) -> Self
    where
        C::Phase: InFilter,
    {
        let mut group = self.clone();
        group.filters.push(condition(self.scope).into_condition());
        group
    }

    /// Aggregates of distinct values: `sum(DISTINCT …)`.
    #[must_use]
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn distinct(&self) -> Group<R, K, DistinctValues> where V: TakesAll {
        let mut group = self.taking();
        group.distinct = true;
        group
    }

    /// The order in which an aggregate takes its values, where that matters: `array_agg(… ORDER BY …)`.
    #[must_use]
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn order_by<O: Orders<Phase: InAggregate>>(&self, order: impl FnOnce(InScopeOf<R>) -> O) -> Group<R, K, OrderedValues> where V: TakesOrder {
        let mut group = self.taking();
        order(self.scope).append_to(&mut group.order);
        group
    }

    /// The same values over another source.
    pub(crate) fn over(&self, scope: InScopeOf<R>) -> Self {
        Self { scope, ..self.clone() }
    }

    fn taking<W>(&self) -> Group<R, K, W> {
        Group {
            scope: self.scope,
            key: self.key.clone(),
            distinct: self.distinct,
            descending: self.descending,
            filters: self.filters.clone(),
            order: self.order.clone(),
            values: PhantomData,
        }
    }

    pub(crate) fn aggregate_call<T>(&self, function: &'static str, args: Vec<Node>) -> Expr<T, Aggregate> {
        let call = Call {
            function,
            ..Call::default()
        };
        self.gathered(call, args)
    }

    /// An aggregate that the program declares, by its schema and name.
    pub(crate) fn declared_call<T>(
        &self,
        declared: (Option<&'static str>, &'static str),
        args: Vec<Node>,
    ) -> Expr<T, Aggregate> {
        let call = Call {
            declared: Some(declared),
            ..Call::default()
        };
        self.gathered(call, args)
    }

    fn gathered<T>(&self, call: Call, args: Vec<Node>) -> Expr<T, Aggregate> {
        let mut order = self.order.clone();
        if let (Some(descending), Some(value)) = (self.descending, args.first()) {
            order.push(Order::by(value.clone(), crate::types::builtin::BOOL, true, descending));
        }
        Expr::new(Node::call(Call {
            of_rows: args.is_empty(),
            args,
            distinct: self.distinct,
            order,
            filter: self.filters.clone(),
            ..call
        }))
    }

    /// `function(args) WITHIN GROUP (ORDER BY value)`
    pub(crate) fn within_group<T>(&self, function: &'static str, args: Vec<Node>, value: Node) -> Expr<T, Aggregate> {
        Expr::new(Node::call(Call {
            function,
            args,
            order: vec![Order::by(value, crate::types::builtin::BOOL, true, false)],
            within_group: true,
            filter: self.filters.clone(),
            ..Call::default()
        }))
    }
}

impl<R: InScope, K: Clone> Group<R, K, DistinctValues> {
    /// The smallest value first: `array_agg(DISTINCT value ORDER BY value)`. NULL is the last one.
    #[must_use]
    pub fn ascending(&self) -> Self {
        Self {
            descending: Some(false),
            ..self.clone()
        }
    }

    /// The greatest value first: `array_agg(DISTINCT value ORDER BY value DESC)`. NULL is the first one.
    #[must_use]
    pub fn descending(&self) -> Self {
        Self {
            descending: Some(true),
            ..self.clone()
        }
    }
}

impl<R: InScope, K: Select + Clone, V> Group<R, K, V> {
    /// `GROUPING(keys)`: which keys this row is *not* grouped by, as a number of bits; the last key is the lowest one. 0 is
    /// a row of all keys, as every row of a plain `group_by` is; of `rollup(|o| (o.region, o.city))` 1 is a region's row and
    /// 3 the row of all. It tells a key that is not grouped from one that is NULL.
    pub fn grouping(&self) -> Expr<i32, Aggregate> {
        let mut keys = Vec::new();
        self.key().append_to(&mut keys);
        Expr::new(Node::call(Call {
            function: "GROUPING",
            args: keys,
            ..Call::default()
        }))
    }
}

impl<R: InScope, K: Clone, V> Clone for Group<R, K, V> {
    fn clone(&self) -> Self {
        self.taking()
    }
}

impl<R: InScope, K, V> fmt::Debug for Group<R, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Group")
    }
}

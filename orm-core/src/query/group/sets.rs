//! `ROLLUP`, `CUBE` and `GROUPING SETS`: groups by some of the keys, in one query.

use std::fmt;
use std::ops::BitAnd;

use super::{Group, Grouped};
use crate::error::{Error, ErrorKind};
use crate::expr::{Column, Expr, OfOneRow, Select};
use crate::query::{GroupClause, InScope, InScopeOf, Query};
use crate::sql::{Node, Writer};
use crate::types::{DbType, FromRow, Nullable, Nullness};

/// Keys of which a group may have only some: columns, expressions, and tuples of these. Inside of a tuple another tuple is
/// taken or left as a whole.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a key of grouping sets",
    label = "expected columns, expressions, or a tuple of these"
)]
pub trait GroupingKeys: Select + Clone {
    /// The same keys, each perhaps NULL: a key that a row is not grouped by is.
    type Missing: Select + Clone;
    /// A [`GroupingSet`] of each key, in tuples as the keys are.
    type Sets;
    #[doc(hidden)]
    fn missing(self) -> Self::Missing;
    #[doc(hidden)]
    fn sets() -> Self::Sets;
    /// How many expressions each key has.
    #[doc(hidden)]
    fn widths(&self) -> Vec<usize> {
        let mut nodes = Vec::new();
        self.clone().append_to(&mut nodes);
        vec![nodes.len()]
    }
}

#[diagnostic::do_not_recommend]
impl<M, T: DbType, W, N: Nullness> GroupingKeys for Column<M, T, W, N>
where
    Self: Select,
    Option<T::Base>: DbType + FromRow,
    Column<M, T, W, Nullable>: Select,
{
    type Missing = Column<M, T, W, Nullable>;
    type Sets = GroupingSet;
    fn missing(self) -> Self::Missing {
        Column::new(self.source(), self.definition())
    }
    fn sets() -> GroupingSet {
        GroupingSet(1)
    }
}

#[diagnostic::do_not_recommend]
impl<T: DbType> GroupingKeys for Expr<T>
where
    Self: Select,
    Expr<Option<T::Base>>: Select,
{
    type Missing = Expr<Option<T::Base>>;
    type Sets = GroupingSet;
    fn missing(self) -> Self::Missing {
        Expr::new(self.node)
    }
    fn sets() -> GroupingSet {
        GroupingSet(1)
    }
}

macro_rules! one_for_each {
    ($name:ident) => {
        GroupingSet
    };
}

macro_rules! tuples {
    ($(($($name:ident $index:tt),+))*) => { $(
        #[diagnostic::do_not_recommend]
        impl<$($name: GroupingKeys),+> GroupingKeys for ($($name,)+)
        where
            Self: Select,
            ($($name::Missing,)+): Select,
        {
            type Missing = ($($name::Missing,)+);
            type Sets = ($(one_for_each!($name),)+);
            fn missing(self) -> Self::Missing {
                ($(self.$index.missing(),)+)
            }
            fn sets() -> Self::Sets {
                ($(GroupingSet(1 << $index),)+)
            }
            fn widths(&self) -> Vec<usize> {
                vec![$(self.$index.widths().into_iter().sum(),)+]
            }
        }
    )* };
}
tuples! {
    (A 0)
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
    (A 0, B 1, C 2, D 3, E 4)
    (A 0, B 1, C 2, D 3, E 4, F 5)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11)
}

/// Some of the keys of [`grouping_sets`](Query::grouping_sets); `&` joins them: `region & city`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct GroupingSet(u32);

impl GroupingSet {
    /// No key at all: all rows are one group.
    pub const ALL_ROWS: Self = Self(0);

    /// By the keys of both.
    const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitAnd for GroupingSet {
    type Output = Self;
    fn bitand(self, other: Self) -> Self {
        self.with(other)
    }
}

impl fmt::Debug for GroupingSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GroupingSet({:b})", self.0)
    }
}

/// Which of the keys the groups have. Each list says how many expressions each key has.
#[derive(Debug, Clone, Default)]
pub(crate) enum Grouping {
    #[default]
    AllKeys,
    Rollup(Vec<usize>),
    Cube(Vec<usize>),
    Sets(Vec<usize>, Vec<GroupingSet>),
}

impl<R: InScope> Query<R> {
    /// `GROUP BY ROLLUP (keys)`: groups by all keys, by all but the last one, and so on, down to one group of all rows (which
    /// is there even if no row is).
    ///
    /// A key that a row is not grouped by is NULL, so all are `Option`s here; [`Group::grouping`] tells which ones are.
    pub fn rollup<K: GroupingKeys>(self, keys: impl FnOnce(InScopeOf<R>) -> K) -> Grouped<R, K::Missing>
    where
        K::Phase: OfOneRow,
    {
        self.grouping(keys, Grouping::Rollup)
    }

    /// `GROUP BY CUBE (keys)`: groups by every choice of the keys, from all to none. Keys are `Option`s as those of
    /// [`rollup`](Self::rollup).
    pub fn cube<K: GroupingKeys>(self, keys: impl FnOnce(InScopeOf<R>) -> K) -> Grouped<R, K::Missing>
    where
        K::Phase: OfOneRow,
    {
        self.grouping(keys, Grouping::Cube)
    }

    /// `GROUP BY GROUPING SETS (…)`: groups by these choices of the keys: `.grouping_sets(|o| (o.region, o.city), |(region,
    /// city)| [region & city, city, GroupingSet::ALL_ROWS])`. Keys are `Option`s as those of [`rollup`](Self::rollup).
    ///
    /// Without a set, or with a key that is in none, the query is refused before it is sent.
    pub fn grouping_sets<K: GroupingKeys, L: IntoIterator<Item = GroupingSet>>(
        self,
        keys: impl FnOnce(InScopeOf<R>) -> K,
        sets: impl FnOnce(K::Sets) -> L,
    ) -> Grouped<R, K::Missing>
    where
        K::Phase: OfOneRow,
    {
        let sets = sets(K::sets()).into_iter().collect();
        self.grouping(keys, |widths| Grouping::Sets(widths, sets))
    }

    fn grouping<K: GroupingKeys>(
        self,
        keys: impl FnOnce(InScopeOf<R>) -> K,
        grouping: impl FnOnce(Vec<usize>) -> Grouping,
    ) -> Grouped<R, K::Missing> {
        let mut query = self.unbounded();
        let keys = keys(query.scope);
        let mut nodes = Vec::new();
        keys.clone().append_to(&mut nodes);
        query.parts.group = Some(GroupClause {
            keys: nodes,
            grouping: grouping(keys.widths()),
            having: Vec::new(),
        });
        Grouped {
            group: Group::new(&query, keys.missing()),
            parts: query.parts,
        }
    }
}

impl GroupClause {
    /// ` GROUP BY … HAVING …`. Without keys all rows are one group, also where nothing else would say so: `items` has no
    /// aggregate, or nothing is selected.
    pub(crate) fn write(&self, writer: &mut Writer, items: &[Node]) {
        if self.keys.is_empty() && !items.iter().any(aggregates) {
            writer.push(" GROUP BY ()");
        }
        if !self.keys.is_empty() {
            writer.push(" GROUP BY ");
            match &self.grouping {
                Grouping::AllKeys => writer.list(&self.keys),
                Grouping::Rollup(widths) => self.write_elements(writer, "ROLLUP (", widths),
                Grouping::Cube(widths) => self.write_elements(writer, "CUBE (", widths),
                Grouping::Sets(widths, sets) => self.write_sets(writer, widths, sets),
            }
        }
        writer.having(&self.having);
    }

    fn write_elements(&self, writer: &mut Writer, function: &str, widths: &[usize]) {
        writer.push(function);
        for (index, element) in self.elements(widths).enumerate() {
            writer.push(if index > 0 { ", " } else { "" });
            match element {
                [only] => writer.node(only),
                _ => write_set(writer, element),
            }
        }
        writer.push(")");
    }

    fn write_sets(&self, writer: &mut Writer, widths: &[usize], sets: &[GroupingSet]) {
        let used = sets.iter().fold(0, |used, set| used | set.0);
        if sets.is_empty() || used.count_ones() as usize != widths.len() {
            let what = match sets {
                [] => "`grouping_sets` has no set; that of all rows is `GroupingSet::ALL_ROWS`",
                _ => "a key of `grouping_sets` is in none of its sets; leave the key away, or put it into a set",
            };
            writer.fail(Error::new(ErrorKind::InvalidQuery, what));
        }
        writer.push("GROUPING SETS (");
        for (index, set) in sets.iter().enumerate() {
            writer.push(if index > 0 { ", " } else { "" });
            let elements = self.elements(widths).enumerate();
            let chosen = elements.filter(|(index, _)| set.0 & (1 << index) != 0);
            write_set(writer, chosen.flat_map(|(_, element)| element));
        }
        writer.push(")");
    }

    /// The expressions of each key.
    fn elements<'s>(&'s self, widths: &'s [usize]) -> impl Iterator<Item = &'s [Node]> {
        widths.iter().scan(&self.keys[..], |rest, width| {
            let (element, behind) = rest.split_at_checked(*width)?;
            *rest = behind;
            Some(element)
        })
    }
}

/// `(a, b)`
fn write_set<'n>(writer: &mut Writer, nodes: impl IntoIterator<Item = &'n Node>) {
    writer.push("(");
    writer.list(nodes);
    writer.push(")");
}

/// Whether there is an aggregate in it.
fn aggregates(item: &Node) -> bool {
    let mut found = false;
    item.each_call(&mut |call| found |= call.over.is_none());
    found
}

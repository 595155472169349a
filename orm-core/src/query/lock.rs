//! `FOR UPDATE` and its kin: locking the rows that are read (*The Locking Clause*).

use std::fmt;

use super::from::{Item, JoinKind, Origin};
use super::parts::{DistinctClause, LockClause, Parts};
use super::{Delete, Fetch, InScope, InScopeOf, Joinable, Query, Selected, Update, Using};
use crate::error::{Error, ErrorKind};
use crate::expr::{Assigns, Condition, InFilter, InSelect, Orders, Select, Source};
use crate::model::{Fields, FieldsOf, TableModel};
use crate::options::{Options, Tune};
use crate::sql::Writer;
use crate::types::{FromRow, NotNull};

/// A query whose rows are locked until the transaction ends. Joins come before the lock; filters, order, limit and what is
/// selected before or behind it, as the server locks what comes out of them all. What is left is to say how to wait, to run
/// it, or to update or delete the rows.
#[must_use = "a query does nothing until it is run, by `.all(&tx)` for instance"]
#[derive(Clone)]
pub struct Locked<Q> {
    /// With the lock in its parts, so that a copy's is over the sources of the copy.
    query: Q,
}

impl<R: InScope> Locked<Query<R>> {
    /// As [`Query::select`].
    pub fn select<S: Select>(self, select: impl FnOnce(InScopeOf<R>) -> S) -> Locked<Selected<R, S::Row>>
    where
        S::Phase: InSelect,
    {
        Locked {
            query: self.query.select(select),
        }
    }
}

macro_rules! clauses {
    ([$($generics:tt)*] $scope:ident $stage:ty) => {
        impl<$($generics)*> Locked<$stage> {
            fn new(mut query: $stage, strength: &'static str, of: Vec<Source>) -> Self {
                query.parts.lock = Some(LockClause { strength, of, wait: "" });
                Self { query }
            }

            fn wait(mut self, wait: &'static str) -> Self {
                if let Some(lock) = &mut self.query.parts.lock {
                    lock.wait = wait;
                }
                self
            }

            /// `SKIP LOCKED`: rows that another transaction has locked are left out.
            pub fn skip_locked(self) -> Self {
                self.wait(" SKIP LOCKED")
            }

            /// `NOWAIT`: a row that another transaction has locked is an error
            /// ([`ErrorKind::LockNotAvailable`](crate::ErrorKind::LockNotAvailable)).
            pub fn nowait(self) -> Self {
                self.wait(" NOWAIT")
            }

            /// `WHERE condition`; several are joined by AND. Rows whose condition is NULL are left out.
            pub fn filter<C: Condition>(mut self, condition: impl FnOnce(InScopeOf<$scope>) -> C) -> Self
            where
                C::Phase: InFilter,
            {
                self.query = self.query.filter(condition);
                self
            }

            /// `ORDER BY`: appended to the terms there are.
            pub fn order_by<O: Orders>(mut self, order: impl FnOnce(InScopeOf<$scope>) -> O) -> Self
            where
                O::Phase: InSelect,
            {
                self.query = self.query.order_by(order);
                self
            }

            /// `LIMIT`: at most so many rows. The last call counts.
            pub fn limit(mut self, rows: u64) -> Self {
                self.query = self.query.limit(rows);
                self
            }

            /// `OFFSET`: without the first rows, which are locked all the same.
            pub fn offset(mut self, rows: u64) -> Self {
                self.query = self.query.offset(rows);
                self
            }
        }
    };
}

clauses!([R: InScope] R Query<R>);
clauses!([S: InScope, R: FromRow] S Selected<S, R>);

impl<M: TableModel> Locked<Query<M>> {
    /// `UPDATE` of the locked rows: with `limit` and [`skip_locked`](Self::skip_locked) a job queue in one statement.
    pub fn update<A: Assigns<M>>(self, assignments: impl FnOnce(FieldsOf<M>) -> A) -> Update<M> {
        let mut list = Vec::new();
        let scope = self.query.scope;
        assignments(scope).append_to(&mut list);
        Update::new(self.into_parts(), scope, list)
    }

    /// Joins the locked rows, which are to be updated or deleted, with a source: see [`Query::using`]. What they are joined
    /// with is not locked.
    pub fn using<J: Joinable>(self, with: impl FnOnce(FieldsOf<M>) -> J) -> Using<M, (M, J::Row)> {
        let scope = self.query.scope;
        Using::first(self.into_parts(), scope, with)
    }

    /// `DELETE` of the locked rows.
    pub fn delete(self) -> Delete<M> {
        let scope = self.query.scope;
        Delete::new(self.into_parts(), scope)
    }
}

impl<Q: Tune> Tune for Locked<Q> {
    fn options_mut(&mut self) -> &mut Options {
        self.query.options_mut()
    }
}

impl<Q: Fetch> Fetch for Locked<Q> {
    type Row = Q::Row;
    fn into_parts(self) -> Parts {
        self.query.into_parts()
    }
}

impl<Q: fmt::Debug> fmt::Debug for Locked<Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} locked", self.query)
    }
}

/// Rows that are locked as a whole: a table's.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the model of a table: only the rows of tables can be locked",
    label = "of a join say which tables are locked: `.for_update_of(|(a, b)| a)`; of a view lock the table that it reads"
)]
pub trait Lockable {}

#[diagnostic::do_not_recommend]
impl<M: TableModel> Lockable for M {}

/// Which rows of a joined query are locked: those of a model in scope, or of several in a tuple. They must be rows of a
/// table that are always there.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be locked",
    label = "expected a model in scope, or a tuple of these"
)]
pub trait LockTarget {
    /// Appends their sources.
    #[doc(hidden)]
    fn append_to(self, sources: &mut Vec<Source>);
}

/// Rows that are always there: no side of an outer join that may be missing.
#[diagnostic::on_unimplemented(
    message = "rows that may be missing cannot be locked: PostgreSQL takes no lock on that side of an outer join",
    label = "this side of the join may be missing",
    note = "lock another side, or join this one by `.join(…)`"
)]
pub trait AlwaysThere {}

#[diagnostic::do_not_recommend]
impl AlwaysThere for NotNull {}

impl<F: Fields> LockTarget for F
where
    F::Null: AlwaysThere,
    F::Model: TableModel,
{
    fn append_to(self, sources: &mut Vec<Source>) {
        sources.push(self.source());
    }
}

macro_rules! targets {
    ($(($($name:ident $index:tt),+))*) => { $(
        #[diagnostic::do_not_recommend]
        impl<$($name: LockTarget),+> LockTarget for ($($name,)+) {
            fn append_to(self, sources: &mut Vec<Source>) {
                $(self.$index.append_to(sources);)+
            }
        }
    )* };
}
targets! {
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
    (A 0, B 1, C 2, D 3, E 4)
    (A 0, B 1, C 2, D 3, E 4, F 5)
}

fn sources(target: impl LockTarget) -> Vec<Source> {
    let mut sources = Vec::new();
    target.append_to(&mut sources);
    sources
}

macro_rules! locks {
    ([$($generics:tt)*] $scope:ident $stage:ty) => {
        impl<$($generics)*> $stage {
            /// `FOR UPDATE`: nobody else can lock, change or delete the rows.
            #[rustfmt::skip] // In one line, because errors show it.
            pub fn for_update(self) -> Locked<Self> where $scope: Lockable {
                Locked::<Self>::new(self, " FOR UPDATE", Vec::new())
            }

            /// `FOR NO KEY UPDATE`: as [`for_update`](Self::for_update), but foreign keys may still point at the rows.
            #[rustfmt::skip] // In one line, because errors show it.
            pub fn for_no_key_update(self) -> Locked<Self> where $scope: Lockable {
                Locked::<Self>::new(self, " FOR NO KEY UPDATE", Vec::new())
            }

            /// `FOR SHARE`: others can read and lock them so, too, but not change them.
            #[rustfmt::skip] // In one line, because errors show it.
            pub fn for_share(self) -> Locked<Self> where $scope: Lockable {
                Locked::<Self>::new(self, " FOR SHARE", Vec::new())
            }

            /// `FOR KEY SHARE`: others cannot delete the rows or change their keys.
            #[rustfmt::skip] // In one line, because errors show it.
            pub fn for_key_share(self) -> Locked<Self> where $scope: Lockable {
                Locked::<Self>::new(self, " FOR KEY SHARE", Vec::new())
            }

            /// `FOR UPDATE OF …`: locks the rows of some tables of a join only: `.for_update_of(|(u, p)| p)`. Of several
            /// give a tuple. The side of an outer join that may be missing cannot be locked.
            pub fn for_update_of<T: LockTarget>(self, of: impl FnOnce(InScopeOf<$scope>) -> T) -> Locked<Self> {
                let of = sources(of(self.scope));
                Locked::<Self>::new(self, " FOR UPDATE", of)
            }

            /// `FOR NO KEY UPDATE OF …`, as [`for_update_of`](Self::for_update_of).
            pub fn for_no_key_update_of<T: LockTarget>(self, of: impl FnOnce(InScopeOf<$scope>) -> T) -> Locked<Self> {
                let of = sources(of(self.scope));
                Locked::<Self>::new(self, " FOR NO KEY UPDATE", of)
            }

            /// `FOR SHARE OF …`, as [`for_update_of`](Self::for_update_of).
            pub fn for_share_of<T: LockTarget>(self, of: impl FnOnce(InScopeOf<$scope>) -> T) -> Locked<Self> {
                let of = sources(of(self.scope));
                Locked::<Self>::new(self, " FOR SHARE", of)
            }

            /// `FOR KEY SHARE OF …`, as [`for_update_of`](Self::for_update_of).
            pub fn for_key_share_of<T: LockTarget>(self, of: impl FnOnce(InScopeOf<$scope>) -> T) -> Locked<Self> {
                let of = sources(of(self.scope));
                Locked::<Self>::new(self, " FOR KEY SHARE", of)
            }
        }
    };
}

locks!([R: InScope] R Query<R>);
locks!([S: InScope, R: FromRow] S Selected<S, R>);

impl Parts {
    /// ` FOR UPDATE OF … SKIP LOCKED`
    pub(crate) fn write_lock(&self, lock: &LockClause, writer: &mut Writer) {
        if self.ties && lock.wait == " SKIP LOCKED" {
            refuse(writer, "`limit_with_ties` and `skip_locked` do not go together");
        }
        writer.push(lock.strength);
        if lock.of.is_empty() {
            self.check_lockable(self.source(), writer);
            // Of what relations led to, nothing was asked to be locked, and what may be missing cannot be.
            if !self.from.inner.is_empty() || !writer.scope.paths(self.source()).is_empty() {
                writer.push(" OF ");
                writer.source_name(self.source());
            }
        }
        for (index, source) in lock.of.iter().enumerate() {
            self.check_lockable(*source, writer);
            writer.push(if index == 0 { " OF " } else { ", " });
            writer.source_name(*source);
        }
        writer.push(lock.wait);
    }

    fn check_lockable(&self, source: Source, writer: &mut Writer) {
        if !self.item(source.root()).is_some_and(Item::is_lockable) {
            refuse(
                writer,
                "the rows of a CTE, a set, groups, distinct rows or an outer join's derived table cannot be locked here; \
                 lock them in the query inside of it",
            );
        }
    }

    /// Whether each of its rows is one of a table, which a lock can reach.
    pub(crate) fn is_lockable(&self) -> bool {
        let plain = self.group.is_none() && matches!(self.distinct, DistinctClause::No);
        let joined = self.joins.iter().all(|join| {
            let inner = matches!(join.kind, JoinKind::Inner | JoinKind::Cross);
            let ignored = matches!(join.item.rows, Origin::Cte(_) | Origin::Function(_));
            inner && (ignored || join.item.is_lockable())
        });
        plain && joined && self.from.is_lockable()
    }
}

fn refuse(writer: &mut Writer, why: &str) {
    writer.fail(Error::new(ErrorKind::InvalidQuery, why));
}

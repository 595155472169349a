//! `FOR UPDATE` and its kin: locking the rows that are read (*The Locking Clause*).

use std::fmt;

use super::parts::{LockClause, Parts};
use super::{Delete, Fetch, Query, Selected, Update};
use crate::expr::Assigns;
use crate::model::{FieldsOf, Model, TableModel};
use crate::types::FromRow;

/// A query whose rows are locked until the transaction ends. Locking comes last, after filters and limit; what is left
/// is to say how to wait, to run it, or to update or delete the rows.
#[must_use = "a query does nothing until it is run, by `.all(&tx)` for instance"]
#[derive(Clone)]
pub struct Locked<Q> {
    query: Q,
    lock: LockClause,
}

impl<Q> Locked<Q> {
    fn new(query: Q, strength: &'static str) -> Self {
        Self {
            query,
            lock: LockClause { strength, wait: "" },
        }
    }

    /// `SKIP LOCKED`: rows that another transaction has locked are left out.
    pub fn skip_locked(mut self) -> Self {
        self.lock.wait = " SKIP LOCKED";
        self
    }

    /// `NOWAIT`: a row that another transaction has locked is an error
    /// ([`ErrorKind::LockNotAvailable`](crate::ErrorKind::LockNotAvailable)).
    pub fn nowait(mut self) -> Self {
        self.lock.wait = " NOWAIT";
        self
    }
}

impl<M: TableModel> Locked<Query<M>> {
    /// `UPDATE` of the locked rows: with `limit` and [`skip_locked`](Self::skip_locked) a job queue in one statement.
    pub fn update<A: Assigns<M>>(self, assignments: impl FnOnce(FieldsOf<M>) -> A) -> Update<M> {
        let mut list = Vec::new();
        let scope = self.query.scope;
        assignments(scope).append_to(&mut list);
        Update::new(self.into_parts(), scope, list)
    }

    /// `DELETE` of the locked rows.
    pub fn delete(self) -> Delete<M> {
        let scope = self.query.scope;
        Delete::new(self.into_parts(), scope)
    }
}

impl<Q: Fetch> Fetch for Locked<Q> {
    type Row = Q::Row;
    fn into_parts(self) -> Parts {
        let mut parts = self.query.into_parts();
        parts.lock = Some(self.lock);
        parts
    }
}

impl<Q: fmt::Debug> fmt::Debug for Locked<Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}{}{}", self.query, self.lock.strength, self.lock.wait)
    }
}

macro_rules! locks {
    ([$($generics:tt)*] $stage:ty) => {
        impl<$($generics)*> $stage {
            /// `FOR UPDATE`: nobody else can lock, change or delete the rows.
            #[rustfmt::skip] // In one line, because errors show it.
            pub fn for_update(self) -> Locked<Self> where M: TableModel {
                Locked::new(self, " FOR UPDATE")
            }

            /// `FOR NO KEY UPDATE`: as [`for_update`](Self::for_update), but foreign keys may still point at the rows.
            #[rustfmt::skip] // In one line, because errors show it.
            pub fn for_no_key_update(self) -> Locked<Self> where M: TableModel {
                Locked::new(self, " FOR NO KEY UPDATE")
            }

            /// `FOR SHARE`: others can read and lock them so, too, but not change them.
            #[rustfmt::skip] // In one line, because errors show it.
            pub fn for_share(self) -> Locked<Self> where M: TableModel {
                Locked::new(self, " FOR SHARE")
            }

            /// `FOR KEY SHARE`: others cannot delete the rows or change their keys.
            #[rustfmt::skip] // In one line, because errors show it.
            pub fn for_key_share(self) -> Locked<Self> where M: TableModel {
                Locked::new(self, " FOR KEY SHARE")
            }
        }
    };
}

locks!([M: Model] Query<M>);
locks!([M: Model, R: FromRow] Selected<M, R>);

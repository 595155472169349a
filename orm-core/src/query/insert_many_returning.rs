//! What an insert of many rows returns, where it is not the rows themselves.

use std::fmt;
use std::marker::PhantomData;
use std::panic::Location;

use super::write::ReturningClause;
use super::{Cte, InScope, InsertMany};
use crate::driver::Executor;
use crate::error::Error;
use crate::expr::{OfOneRow, Select};
use crate::model::{Fields, FieldsOf, TableModel};
use crate::sql::Node;
use crate::types::FromRow;

/// An insert of many rows that returns expressions of each.
#[must_use = "an insert does nothing until it is run, by `.all(&db)` for instance"]
pub struct InsertManyReturning<M: TableModel, R> {
    insert: InsertMany<M>,
    items: Vec<Node>,
    marker: PhantomData<fn() -> R>,
}

impl<M: TableModel> InsertMany<M> {
    /// Returns expressions instead of the rows: `.returning(|u| u.id)`, `RETURNING`.
    pub fn returning<S: Select>(self, select: impl FnOnce(FieldsOf<M>) -> S) -> InsertManyReturning<M, S::Row>
    where
        S::Phase: OfOneRow,
    {
        let mut items = Vec::new();
        select(FieldsOf::<M>::at(self.source())).append_to(&mut items);
        InsertManyReturning {
            insert: self,
            items,
            marker: PhantomData,
        }
    }
}

impl<M: TableModel, R: FromRow> InsertManyReturning<M, R> {
    /// Inserts the rows; gives what is returned of each, in the order in which they were given (without those that
    /// `do_nothing` left out).
    ///
    /// # Errors
    /// As [`InsertMany::all`].
    #[track_caller]
    pub fn all(self, db: &dyn Executor) -> impl Future<Output = Result<Vec<R>, Error>> + Send {
        let insert = self.insert.at(Location::caller());
        let returning = ReturningClause::Items(self.items);
        async move { insert.all_returning(&returning, db).await }
    }
}

impl<M: TableModel, R: InScope> InsertManyReturning<M, R> {
    /// `WITH … AS (INSERT … RETURNING …)`: as [`InsertMany::cte`], with what was returned as its rows.
    pub fn cte(self) -> Cte<R> {
        self.insert.cte_returning(ReturningClause::Items(self.items))
    }
}

impl<M: TableModel, R> fmt::Debug for InsertManyReturning<M, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InsertManyReturning")
    }
}

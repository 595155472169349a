//! A patch by primary key.

use std::fmt;
use std::future::Future;

use super::fetch::only;
use super::write::{ReturningClause, run};
use super::{Find, Update, Write};
use crate::driver::{Executor, Statement};
use crate::error::Error;
use crate::model::{Patch, TableModel};

/// An update of the columns that a patch sets, of the row with a primary key.
#[must_use = "a patch does nothing until it is run, by `.one(&db)` for instance"]
pub struct PatchByKey<M: TableModel> {
    find: Find<M>,
    update: Update<M>,
}

impl<M: TableModel> PatchByKey<M> {
    pub(crate) fn new<P: Patch<M>>(key: M::Key, patch: P) -> Self {
        let query = Find::<M>::by_key(&key).into_query();
        let assignments = patch.assignments(query.scope);
        Self {
            find: Find::by_key(&key),
            update: Update::new(query.parts, query.scope, assignments),
        }
    }

    /// Runs it; gives the row as it is now. An empty patch only reads the row.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if there is no such row; else as [`Write`] says.
    #[track_caller]
    pub fn one(self, db: &dyn Executor) -> impl Future<Output = Result<M, Error>> + Send {
        let statement = match self.update.is_empty() {
            true => self.find.to_sql().map(Some),
            false => self.update.into_statement(ReturningClause::Model),
        };
        let rows = run(statement, db);
        async move { only(rows.await?, M::TABLE) }
    }

    /// Runs it; gives 1, or 0 if there is no such row. An empty patch sends nothing and gives 0.
    ///
    /// # Errors
    /// As [`Write`] says.
    #[track_caller]
    pub fn execute(self, db: &dyn Executor) -> impl Future<Output = Result<u64, Error>> + Send {
        self.update.execute(db)
    }

    /// The statement that [`execute`](Self::execute) would send.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidQuery`](crate::ErrorKind::InvalidQuery) if the patch is empty.
    pub fn to_sql(self) -> Result<Statement, Error> {
        self.update.to_sql()
    }
}

impl<M: TableModel> fmt::Debug for PatchByKey<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PatchByKey<{}>", M::TABLE.model)
    }
}

//! `REFRESH MATERIALIZED VIEW`.

use std::future::Future;

use crate::driver::Executor;
use crate::error::Error;
use crate::model::MaterializedView;
use crate::sql::quote_qualified;

/// Running a materialized view's query again.
pub trait Refresh: MaterializedView {
    /// `REFRESH MATERIALIZED VIEW`: readers wait until it is done.
    ///
    /// # Errors
    /// The server's and the driver's.
    fn refresh(db: &dyn Executor) -> impl Future<Output = Result<(), Error>> + Send {
        refresh::<Self>("REFRESH MATERIALIZED VIEW ", db)
    }

    /// `REFRESH MATERIALIZED VIEW CONCURRENTLY`: readers see the old rows meanwhile. Needs a unique index without
    /// `where` on the view, and cannot be the first refresh of an empty one (55000).
    ///
    /// # Errors
    /// The server's and the driver's.
    fn refresh_concurrently(db: &dyn Executor) -> impl Future<Output = Result<(), Error>> + Send {
        refresh::<Self>("REFRESH MATERIALIZED VIEW CONCURRENTLY ", db)
    }
}

impl<M: MaterializedView> Refresh for M {}

fn refresh<M: MaterializedView>(command: &str, db: &dyn Executor) -> impl Future<Output = Result<(), Error>> + Send {
    let mut sql = String::from(command);
    quote_qualified(&mut sql, M::TABLE.schema, M::TABLE.name);
    async move { db.batch(&sql).await.map_err(|error| error.with_table(Some(M::TABLE))) }
}

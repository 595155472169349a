//! What the tests share.

use orm::prelude::*;
use orm::{InScope, InScopeOf, InSelect, Query, Select};

/// The only row's values of what a closure selects.
pub(crate) async fn of<R: InScope, S: Select>(
    db: &Database,
    query: Query<R>,
    select: impl FnOnce(InScopeOf<R>) -> S,
) -> S::Row
where
    S::Phase: InSelect,
{
    let row = query.select(select).one(db).await;
    row.expect("the server takes the query, and its types are the program's")
}

/// The server's SQLSTATE for what a closure selects.
pub(crate) async fn error_of<R: InScope, S: Select>(
    db: &Database,
    query: Query<R>,
    select: impl FnOnce(InScopeOf<R>) -> S,
) -> String
where
    S::Phase: InSelect,
    S::Row: std::fmt::Debug,
{
    let error = query.select(select).one(db).await.expect_err("the server refuses it");
    error.database().expect("the server spoke").code.clone()
}

/// Whether the server takes a statement; if not, the test says that it is skipped.
pub(crate) async fn has(db: &Database, what: &str, statement: &str) -> bool {
    let taken = db.batch(statement).await;
    if let Err(error) = &taken {
        eprintln!("skipped: this server has no {what}: {error}");
    }
    taken.is_ok()
}

//! Columns that a statement does not have in scope.

use crate::error::{Error, ErrorKind};
use crate::expr::{MOST_RELATIONS, Source};
use crate::model::{ColumnDef, Table};

/// Where a column is used that is not in scope.
pub(super) struct Place {
    /// The table of the query that it is used in.
    pub(super) query: &'static Table,
    /// That of the query around it which has the column, but cannot be seen.
    pub(super) owner: Option<&'static Table>,
    pub(super) in_cte: bool,
}

#[cold]
pub(super) fn out_of_scope(source: Source, column: &ColumnDef, place: &Place) -> Error {
    if source.is_too_long() {
        return Error::new(
            ErrorKind::InvalidQuery,
            format!(
                "a path of more than {MOST_RELATIONS} relations is followed; join the models on its way by `.join(…)`"
            ),
        );
    }
    let what = match column.name {
        "" => "a column of a derived table".to_owned(),
        _ => format!("the column `{}` of `{}`", column.field, column.model),
    };
    let query = place.query.model;
    let text = match place.owner {
        Some(owner) => format!(
            "{what} belongs to a query of `{}`, but is used in a derived table over `{query}` inside of it, which does not \
             have it in scope: a derived table sees nothing of the query around it, unless it is joined by `join_lateral`",
            owner.model
        ),
        None if place.in_cte => format!(
            "{what} is used in a CTE over `{query}` that does not have it in scope: a CTE sees nothing of the queries that \
             read it; use the columns that its own closures receive"
        ),
        None => format!(
            "{what} is used in a query of `{query}` that does not have it in scope; use the columns that this query's own \
             closure receives"
        ),
    };
    Error::new(ErrorKind::InvalidQuery, text)
}

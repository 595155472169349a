//! Rows on their way into a table.

use super::TableModel;
use crate::sql::Node;
use crate::types::{Buffer, IsNull, ValueError};

/// A row to insert: `NewUser`, or `NewUserWith`, which sets generated or defaulted columns as well. Written by
/// `#[derive(Model)]`.
pub trait Insertable: Sized + Send + Sync + 'static {
    /// The model.
    type Model: TableModel;
    /// Whether rows of this type can differ in the columns that they give (`NewUserWith`).
    const VARIES: bool;

    /// Whether this row gives a value for the column at this position of [`Table::columns`](super::Table::columns);
    /// if not, the database's default applies.
    fn gives(&self, column: usize) -> bool;

    /// Appends the value of a column that it gives; NULL for one that it does not.
    ///
    /// # Errors
    /// A value that the column's type cannot hold.
    fn put(&self, column: usize, out: &mut Buffer) -> Result<IsNull, ValueError>;
}

/// What `insert` takes: `NewUser`, `NewUserWith`, or a struct of yours with `#[derive(Insert)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be inserted as a `{M}`",
    label = "expected `New{M}`",
    note = "write a `New{M} {{ … }}`, or put `#[derive(Insert)]` and `#[orm(of = {M})]` on `{Self}`; rows with children go to \
            `{M}::insert_graphs`"
)]
pub trait IntoInsert<M: TableModel> {
    /// The row that it becomes.
    type Row: Insertable<Model = M>;
    /// Makes the row.
    fn into_row(self) -> Self::Row;
}

/// A new row made of expressions: `NewUserExpr { … }`, with a field for each column that an insert must give. Written by
/// `#[derive(Model)]`, for `insert_select` and `merge`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a new row of `{M}`",
    label = "expected `New{M}Expr {{ … }}`",
    note = "write a `New{M}Expr {{ … }}` with an expression for each column that an insert must give"
)]
pub trait InsertExprs<M: TableModel> {
    /// Appends the columns that it gives, by their positions among the table's, and their values.
    #[doc(hidden)]
    fn append_to(self, columns: &mut Vec<(usize, Node)>);
}

//! Relations between models.

use std::fmt;

use super::{ColumnDef, Model, Table};

/// Pairs of columns that are equal: that of the row at hand, and that of the row which it leads to.
pub type Keys = Vec<(&'static ColumnDef, &'static ColumnDef)>;

/// A relation that leads to one row at most: `belongs_to` or `has_one`.
pub struct Relation {
    /// Its name.
    pub name: &'static str,
    /// The table that it leads to. A function, so that tables may point at each other.
    pub table: fn() -> &'static Table,
    /// What is equal on both sides.
    pub keys: fn() -> Keys,
    /// Whether there may be no such row.
    pub optional: bool,
}

impl fmt::Debug for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Relation")
            .field("name", &self.name)
            .field("table", &(self.table)().name)
            .field("optional", &self.optional)
            .finish_non_exhaustive()
    }
}

/// A model with exactly one `belongs_to` that leads to `P`. Written by `#[derive(Model)]`; `has_many`, `has_one` and
/// `many_to_many` of `P` go by it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not belong to `{P}`, or has several keys to it",
    label = "has no single `belongs_to(…: {P})`",
    note = "declare `#[orm(belongs_to(…: {P}))]` on the key field of `{Self}`; if it has several, \
            say which: `via = field` (of `many_to_many`: `from = field` and `to = field`)"
)]
pub trait KeyTo<P>: Model {
    /// A query of its rows.
    #[doc(hidden)]
    type Query;
    /// The columns of the key, and those of `P` that they point to.
    fn keys() -> Keys;
}

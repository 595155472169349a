//! Fields of rows.

use crate::driver::Columns;
use crate::error::Error;
use crate::expr::{Column, Computed, Phase, Select, Source};
use crate::sql::Node;
use crate::types::{DbType, Nullness};

/// The later of the phase of a part of a row and those behind it.
pub type PartPhase<S, Rest> = <<S as Select>::Phase as Phase>::Or<Rest>;

/// A field of a `#[derive(Row)]` that is one column.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the type of a column",
    label = "not a column",
    note = "put `#[orm(nested)]` on this field if it is a model or derives `Row`; else derive `DbType` or `DbEnum` for it, or store it as jsonb with `Json<{Self}>`"
)]
pub trait RowField: Sized {
    /// Whether this type may be NULL.
    const NULLABLE: bool;

    /// Takes the next column and checks that it can be decoded.
    ///
    /// # Errors
    /// [`ErrorKind::ColumnType`](crate::ErrorKind::ColumnType).
    fn check(columns: &mut Columns<'_>) -> Result<(), Error>;

    /// Decodes the cell at a position of the row; an error names the field.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`](crate::ErrorKind::Decode).
    fn read(cell: Option<&[u8]>, at: usize, field: &str) -> Result<Self, Error>;

    /// Whether the cell is NULL where this type never is: the sign that an outer join found no row.
    fn is_missing(cell: Option<&[u8]>) -> bool;

    /// The column of a derived table that holds it.
    fn column<N>(source: Source) -> Column<(), Self, Computed, N>;

    /// Selects that column.
    fn append<N>(column: Column<(), Self, Computed, N>, items: &mut Vec<Node>);
}

#[diagnostic::do_not_recommend]
impl<T: DbType> RowField for T {
    const NULLABLE: bool = <T::Null as Nullness>::NULLABLE;

    fn check(columns: &mut Columns<'_>) -> Result<(), Error> {
        columns.next::<T>()
    }

    #[inline]
    fn read(cell: Option<&[u8]>, at: usize, field: &str) -> Result<Self, Error> {
        T::decode(cell).map_err(|reason| Error::decode(at, Some(field), T::TYPE, &reason))
    }

    #[inline]
    fn is_missing(cell: Option<&[u8]>) -> bool {
        cell.is_none() && !Self::NULLABLE
    }

    fn column<N>(source: Source) -> Column<(), T, Computed, N> {
        Column::at(source)
    }

    fn append<N>(column: Column<(), T, Computed, N>, items: &mut Vec<Node>) {
        items.push(Node::Column(column.source(), column.definition()));
    }
}

/// A source that no query has, to look at fields without one.
#[must_use]
pub fn source() -> Source {
    Source::new()
}

//! Columns in scope.

use std::fmt;
use std::marker::PhantomData;

pub use super::source::Source;
use super::{Expression, PerRow};
use crate::model::ColumnDef;
use crate::sql::Node;
use crate::types::{DbType, NotNull, Nullness};

/// A column of the model `M` in scope; `Copy`. `T` is the field's type, `W` says whether it can be set, `N` whether its row can be missing.
///
/// A column of a derived table that comes from no model is a `Column<(), T, Computed, N>`.
pub struct Column<M, T, W = Writable, N = NotNull> {
    source: Source,
    definition: &'static ColumnDef,
    marker: PhantomData<fn() -> (M, T, W, N)>,
}

impl<M, T, W, N> Column<M, T, W, N> {
    /// A column of a source.
    #[must_use]
    pub const fn new(source: Source, definition: &'static ColumnDef) -> Self {
        Self {
            source,
            definition,
            marker: PhantomData,
        }
    }

    /// The column of a source at this position of its table.
    #[doc(hidden)]
    #[inline]
    #[must_use]
    pub const fn nth(source: Source, columns: &'static [ColumnDef], at: usize) -> Self {
        Self::new(source, &columns[at])
    }

    /// Its metadata.
    #[must_use]
    pub const fn definition(&self) -> &'static ColumnDef {
        self.definition
    }

    /// Where it comes from.
    pub(crate) const fn source(&self) -> Source {
        self.source
    }
}

impl<T: DbType, N> Column<(), T, Computed, N> {
    const DEFINITION: &'static ColumnDef = &ColumnDef::new::<T>("", "", "");

    /// The column at the source's position in the row of a derived table.
    pub(crate) const fn at(source: Source) -> Self {
        Self::new(source, Self::DEFINITION)
    }
}

/// The definition of a column that is known by its position only.
pub(crate) const POSITIONAL: &ColumnDef = &ColumnDef::new::<bool>("", "", "");

impl<M, T, W, N> Clone for Column<M, T, W, N> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M, T, W, N> Copy for Column<M, T, W, N> {}

impl<M, T, W, N> fmt::Debug for Column<M, T, W, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Column({})", self.definition.name)
    }
}

impl<M, T: DbType, W, N: Nullness> Expression for Column<M, T, W, N> {
    type Type = N::Of<T>;
    type Phase = PerRow;
    fn into_node(self) -> Node {
        Node::Column(self.source, self.definition)
    }
}

/// A column that can be set.
#[derive(Debug, Clone, Copy)]
pub struct Writable;

/// A column of the primary key.
#[derive(Debug, Clone, Copy)]
pub struct PrimaryKey;

/// A column whose value the database makes.
#[derive(Debug, Clone, Copy)]
pub struct Generated;

/// The column of the optimistic lock, which every update counts up by itself.
#[derive(Debug, Clone, Copy)]
pub struct Version;

/// A column of a derived table, which another query has computed.
#[derive(Debug, Clone, Copy)]
pub struct Computed;

/// Says that a column can be set.
#[diagnostic::on_unimplemented(
    message = "this column cannot be set: it is `{Self}`",
    label = "keys, generated columns and versions are never updated; for another key insert a new row"
)]
pub trait Settable {}

#[diagnostic::do_not_recommend]
impl Settable for Writable {}

//! `SET column = value`.

use std::fmt;
use std::marker::PhantomData;

use crate::model::ColumnDef;
use crate::sql::Node;

/// An assignment to a column of the model `M`.
#[must_use = "an assignment does nothing until it is part of an update"]
pub struct Assign<M> {
    pub(crate) column: &'static ColumnDef,
    pub(crate) value: Node,
    pub(crate) marker: PhantomData<fn() -> M>,
}

impl<M> fmt::Debug for Assign<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Assign({})", self.column.name)
    }
}

//! The rows of one statement, while they arrive and while they wait for other levels.

use std::fmt;

use super::{Pending, Slot};
use crate::driver::Row;
use crate::error::Error;
use crate::query::And;

/// The rows of a level, each a `T` in the end.
pub trait Level<T>: Send {
    /// Reads a row.
    ///
    /// # Errors
    /// A value that the Rust type cannot hold.
    fn read(&mut self, row: &Row<'_>) -> Result<(), Error>;
    /// Whether each row is complete when it has arrived.
    fn is_complete(&self) -> bool;
    /// The levels that it waits for.
    fn loads<'a>(&'a mut self, loads: &mut Vec<&'a mut dyn Pending>);
    /// The last row that was read; of a complete level.
    fn pop(&mut self) -> Option<T>;
    /// All rows, in the order in which they came, put together while they are taken out. The level is then as it was before
    /// the first.
    fn finish<'a>(&'a mut self) -> Finished<'a, T>;
}

/// The rows of a level, one after another.
pub type Finished<'a, T> = Box<dyn ExactSizeIterator<Item = T> + 'a>;

/// A level of one slot.
pub(crate) struct Rows<S: Slot> {
    slot: S,
    rows: Vec<S::Now>,
}

impl<S: Slot> Rows<S> {
    pub(crate) const fn new(slot: S) -> Self {
        Self { slot, rows: Vec::new() }
    }
}

impl<S: Slot> fmt::Debug for Rows<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rows({})", self.rows.len())
    }
}

impl<S: Slot> Level<S::Value> for Rows<S> {
    fn read(&mut self, row: &Row<'_>) -> Result<(), Error> {
        let now = self.slot.read(row)?;
        self.rows.push(now);
        Ok(())
    }

    fn is_complete(&self) -> bool {
        self.slot.is_complete()
    }

    fn loads<'a>(&'a mut self, loads: &mut Vec<&'a mut dyn Pending>) {
        self.slot.loads(loads);
    }

    fn pop(&mut self) -> Option<S::Value> {
        let now = self.rows.pop()?;
        Some(self.slot.finish(now))
    }

    fn finish<'a>(&'a mut self) -> Finished<'a, S::Value> {
        let (rows, slot) = (std::mem::take(&mut self.rows), &mut self.slot);
        Box::new(rows.into_iter().map(|now| slot.finish(now)))
    }
}

/// A level whose rows got one part more.
pub(crate) struct Grown<A, S: Slot> {
    pub(crate) rows: Box<dyn Level<A>>,
    pub(crate) added: Rows<S>,
}

impl<A, S> Level<A::And<S::Value>> for Grown<A, S>
where
    A: And + 'static,
    S: Slot,
{
    fn read(&mut self, row: &Row<'_>) -> Result<(), Error> {
        self.rows.read(row)?;
        self.added.read(row)
    }

    fn is_complete(&self) -> bool {
        self.rows.is_complete() && self.added.is_complete()
    }

    fn loads<'a>(&'a mut self, loads: &mut Vec<&'a mut dyn Pending>) {
        self.rows.loads(loads);
        self.added.loads(loads);
    }

    fn pop(&mut self) -> Option<A::And<S::Value>> {
        Some(self.rows.pop()?.and(self.added.pop()?))
    }

    fn finish<'a>(&'a mut self) -> Finished<'a, A::And<S::Value>> {
        let (rows, added) = (self.rows.finish(), self.added.finish());
        Box::new(rows.zip(added).map(|(row, added)| row.and(added)))
    }
}

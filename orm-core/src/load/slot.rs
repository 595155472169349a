//! How a part of a row is read: some of it at once, and what lies in other levels when these have come.

use std::fmt;
use std::marker::PhantomData;

use super::Pending;
use crate::driver::Row;
use crate::error::Error;
use crate::query::And;
use crate::types::FromRow;

/// A part of each row of a level.
pub trait Slot: Send + 'static {
    /// What is known when the row arrives.
    type Now: Send + 'static;
    /// What the row gets in the end.
    type Value: Send + 'static;
    /// Whether nothing is missing when the row has arrived, by its type.
    const COMPLETE: bool;

    /// Whether nothing is missing when the row has arrived.
    fn is_complete(&self) -> bool {
        Self::COMPLETE
    }

    /// Reads its part of a row.
    ///
    /// # Errors
    /// A value that the Rust type cannot hold.
    fn read(&mut self, row: &Row<'_>) -> Result<Self::Now, Error>;

    /// The levels that it waits for.
    fn loads<'a>(&'a mut self, loads: &mut Vec<&'a mut dyn Pending>);

    /// What a row gets, after all levels have come: called once for each row, in the order of the rows.
    fn finish(&mut self, now: Self::Now) -> Self::Value;
}

/// Cells of the row itself.
pub struct Cells<T> {
    at: usize,
    marker: PhantomData<fn() -> T>,
}

impl<T> Cells<T> {
    /// Those from this position on.
    pub const fn new(at: usize) -> Self {
        let marker = PhantomData;
        Self { at, marker }
    }
}

impl<T> fmt::Debug for Cells<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cells({})", self.at)
    }
}

impl<T: FromRow> Slot for Cells<T> {
    type Now = T;
    type Value = T;
    const COMPLETE: bool = true;

    #[inline]
    fn read(&mut self, row: &Row<'_>) -> Result<T, Error> {
        T::from_row(row, self.at)
    }

    fn loads<'a>(&'a mut self, _: &mut Vec<&'a mut dyn Pending>) {}

    #[inline]
    fn finish(&mut self, now: T) -> T {
        now
    }
}

/// Two parts: a tuple, and one more.
#[derive(Debug)]
pub struct Both<A, B>(pub(crate) A, pub(crate) B);

impl<A: Slot<Value: And>, B: Slot> Slot for Both<A, B> {
    type Now = (A::Now, B::Now);
    type Value = <A::Value as And>::And<B::Value>;
    const COMPLETE: bool = A::COMPLETE && B::COMPLETE;

    fn is_complete(&self) -> bool {
        self.0.is_complete() && self.1.is_complete()
    }

    fn read(&mut self, row: &Row<'_>) -> Result<Self::Now, Error> {
        Ok((self.0.read(row)?, self.1.read(row)?))
    }

    fn loads<'a>(&'a mut self, loads: &mut Vec<&'a mut dyn Pending>) {
        self.0.loads(loads);
        self.1.loads(loads);
    }

    fn finish(&mut self, (first, second): Self::Now) -> Self::Value {
        self.0.finish(first).and(self.1.finish(second))
    }
}

/// A row that relations to one lead to, where there may be none.
#[derive(Debug)]
pub struct Maybe<S> {
    pub(crate) part: S,
    /// Where its columns are that are never NULL, or all of them if it has none such.
    pub(crate) presence: Vec<usize>,
}

impl<S: Slot> Slot for Maybe<S> {
    type Now = Option<S::Now>;
    type Value = Option<S::Value>;
    const COMPLETE: bool = S::COMPLETE;

    fn is_complete(&self) -> bool {
        self.part.is_complete()
    }

    fn read(&mut self, row: &Row<'_>) -> Result<Self::Now, Error> {
        match self.presence.iter().all(|at| row.is_null(*at, 1)) {
            true => Ok(None),
            false => self.part.read(row).map(Some),
        }
    }

    fn loads<'a>(&'a mut self, loads: &mut Vec<&'a mut dyn Pending>) {
        self.part.loads(loads);
    }

    fn finish(&mut self, now: Self::Now) -> Self::Value {
        now.map(|now| self.part.finish(now))
    }
}

//! How the fields of a shape are read: all its own cells are asked for at once, each field takes its cell.

use std::marker::PhantomData;
use std::vec::IntoIter;

use super::super::{Items, Level, Pending, Rows, Slot};
use crate::driver::Row;
use crate::error::Error;
use crate::sql::Node;
use crate::types::DbType;

/// A field of a shape, or several: a pair is both, and a shape is a tree of pairs.
pub trait ShapePart: Send + 'static {
    /// What is known when the row arrives.
    type Now: Send + 'static;
    /// The field's value.
    type Value: Send + 'static;
    /// Whether that is the same, by its type.
    type Complete: Flag;
    /// Whether nothing is missing when the row has arrived.
    fn is_complete(&self) -> bool;
    /// Reads its part of a row; `cells` are the shape's own.
    ///
    /// # Errors
    /// A value that the Rust type cannot hold.
    fn read(&mut self, row: &Row<'_>, cells: &[Option<&[u8]>]) -> Result<Self::Now, Error>;
    /// The levels that it waits for.
    fn loads<'a>(&'a mut self, loads: &mut Vec<&'a mut dyn Pending>);
    /// The value, after all levels have come.
    fn finish(&mut self, now: Self::Now) -> Self::Value;
}

impl<A: ShapePart, B: ShapePart> ShapePart for (A, B) {
    type Now = (A::Now, B::Now);
    type Value = (A::Value, B::Value);
    type Complete = <A::Complete as Flag>::And<B::Complete>;

    fn is_complete(&self) -> bool {
        self.0.is_complete() && self.1.is_complete()
    }

    #[inline]
    fn read(&mut self, row: &Row<'_>, cells: &[Option<&[u8]>]) -> Result<Self::Now, Error> {
        Ok((self.0.read(row, cells)?, self.1.read(row, cells)?))
    }

    fn loads<'a>(&'a mut self, loads: &mut Vec<&'a mut dyn Pending>) {
        self.0.loads(loads);
        self.1.loads(loads);
    }

    #[inline]
    fn finish(&mut self, now: Self::Now) -> Self::Value {
        (self.0.finish(now.0), self.1.finish(now.1))
    }
}

/// RelatedRow cell, which holds a `T`.
#[derive(Debug)]
pub struct Cell<T> {
    /// Its position in the row, and among the shape's own cells.
    at: usize,
    offset: usize,
    /// Its name for errors: `UserCard.name`.
    field: &'static str,
    marker: PhantomData<fn() -> T>,
}

/// What a cell holds, on its way to its field.
#[derive(Debug)]
pub struct CellValue<T>(pub(super) T);

impl<T: DbType> ShapePart for Cell<T> {
    type Now = CellValue<T>;
    type Value = CellValue<T>;
    type Complete = Complete;

    fn is_complete(&self) -> bool {
        true
    }

    #[inline]
    fn read(&mut self, _: &Row<'_>, cells: &[Option<&[u8]>]) -> Result<CellValue<T>, Error> {
        let cell = cells.get(self.offset).copied().flatten();
        let value = T::decode(cell).map_err(|reason| Error::decode(self.at, Some(self.field), T::TYPE, &reason));
        value.map(CellValue)
    }

    fn loads<'a>(&'a mut self, _: &mut Vec<&'a mut dyn Pending>) {}

    #[inline]
    fn finish(&mut self, now: CellValue<T>) -> CellValue<T> {
        now
    }
}

/// What is read in a way of its own, which is hidden: all that is known is what comes out.
pub struct Nested<T> {
    rows: Box<dyn Level<T>>,
    done: IntoIter<T>,
}

impl<T> Nested<T> {
    pub(super) fn new(rows: Box<dyn Level<T>>) -> Self {
        let done = Vec::new().into_iter();
        Self { rows, done }
    }

    pub(super) fn of(slot: impl Slot<Value = T>) -> Self {
        Self::new(Box::new(Rows::new(slot)))
    }
}

impl<T: Send + 'static> Slot for Nested<T> {
    /// There if it is complete.
    type Now = Option<T>;
    type Value = T;
    const COMPLETE: bool = false;

    fn is_complete(&self) -> bool {
        self.rows.is_complete()
    }

    fn read(&mut self, row: &Row<'_>) -> Result<Option<T>, Error> {
        self.rows.read(row)?;
        Ok(if self.rows.is_complete() { self.rows.pop() } else { None })
    }

    fn loads<'a>(&'a mut self, loads: &mut Vec<&'a mut dyn Pending>) {
        self.rows.loads(loads);
    }

    fn finish(&mut self, now: Option<T>) -> T {
        if let Some(value) = now {
            return value;
        }
        if self.done.as_slice().is_empty() {
            self.done = self.rows.finish().collect::<Vec<T>>().into_iter();
        }
        // There is one for each row that was read.
        self.done
            .next()
            .unwrap_or_else(|| unreachable!("a row is finished once"))
    }
}

/// What comes out, on its way to its field.
#[derive(Debug)]
pub struct NestedValue<T>(pub(super) T);

impl<T: Send + 'static> ShapePart for Nested<T> {
    type Now = Option<T>;
    type Value = NestedValue<T>;
    type Complete = Incomplete;

    fn is_complete(&self) -> bool {
        Slot::is_complete(self)
    }

    fn read(&mut self, row: &Row<'_>, _: &[Option<&[u8]>]) -> Result<Option<T>, Error> {
        Slot::read(self, row)
    }

    fn loads<'a>(&'a mut self, loads: &mut Vec<&'a mut dyn Pending>) {
        Slot::loads(self, loads);
    }

    fn finish(&mut self, now: Option<T>) -> NestedValue<T> {
        NestedValue(Slot::finish(self, now))
    }
}

/// Whether something is known as soon as the row has arrived. As a type, so that what is kept of a row is the struct
/// itself where that is so.
pub trait Flag {
    /// `A` if it is, else `B`.
    type If<A: Send + 'static, B: Send + 'static>: Send + 'static;
    /// Whether this and that.
    type And<F: Flag>: Flag;
    /// What is kept.
    fn keep<A: Send + 'static, B: Send + 'static>(part: B, whole: impl FnOnce(B) -> A) -> Self::If<A, B>;
    /// What it becomes.
    fn finish<A: Send + 'static, B: Send + 'static>(kept: Self::If<A, B>, whole: impl FnOnce(B) -> A) -> A;
}

/// It is.
#[derive(Debug)]
pub struct Complete;

/// It waits for other levels, or may do so.
#[derive(Debug)]
pub struct Incomplete;

impl Flag for Complete {
    type If<A: Send + 'static, B: Send + 'static> = A;
    type And<F: Flag> = F;
    #[inline]
    fn keep<A: Send + 'static, B: Send + 'static>(part: B, whole: impl FnOnce(B) -> A) -> A {
        whole(part)
    }
    #[inline]
    fn finish<A: Send + 'static, B: Send + 'static>(kept: A, _: impl FnOnce(B) -> A) -> A {
        kept
    }
}

impl Flag for Incomplete {
    type If<A: Send + 'static, B: Send + 'static> = B;
    type And<F: Flag> = Self;
    #[inline]
    fn keep<A: Send + 'static, B: Send + 'static>(part: B, _: impl FnOnce(B) -> A) -> B {
        part
    }
    #[inline]
    fn finish<A: Send + 'static, B: Send + 'static>(kept: B, whole: impl FnOnce(B) -> A) -> A {
        whole(kept)
    }
}

/// A shape in the making: its cells come first, one behind another, then the rest.
#[derive(Debug)]
pub struct Shaping<'a> {
    items: &'a mut Items,
    at: usize,
    cells: usize,
}

impl<'a> Shaping<'a> {
    /// With these items before it.
    pub const fn new(items: &'a mut Items) -> Self {
        let (at, cells) = (items.nodes.len(), 0);
        Self { items, at, cells }
    }

    /// What is behind the cells.
    pub const fn items(&mut self) -> &mut Items {
        self.items
    }

    /// Adds a cell. Never after anything else was added.
    pub(super) fn cell<T: DbType>(&mut self, node: Node, field: &'static str) -> Cell<T> {
        let (at, offset) = (self.items.cell(node, T::TYPE), self.cells);
        self.cells += 1;
        Cell {
            at,
            offset,
            field,
            marker: PhantomData,
        }
    }

    /// How the rows are read: `N` is the number of fields, of which each is one cell at most.
    pub fn level<const N: usize, S, P, B>(self, parts: P, build: B) -> Box<dyn Level<S>>
    where
        S: Send + 'static,
        P: ShapePart,
        B: Fn(P::Value) -> S + Send + 'static,
    {
        Box::new(Rows::new(ShapeSlot::<N, P, B> {
            at: self.at,
            cells: self.cells,
            parts,
            build,
        }))
    }
}

/// A shape.
struct ShapeSlot<const N: usize, P, B> {
    at: usize,
    cells: usize,
    parts: P,
    build: B,
}

impl<const N: usize, P, B, S> Slot for ShapeSlot<N, P, B>
where
    P: ShapePart,
    B: Fn(P::Value) -> S + Send + 'static,
    S: Send + 'static,
{
    type Now = <P::Complete as Flag>::If<S, P::Now>;
    type Value = S;
    const COMPLETE: bool = false;

    fn is_complete(&self) -> bool {
        self.parts.is_complete()
    }

    #[inline]
    fn read(&mut self, row: &Row<'_>) -> Result<Self::Now, Error> {
        let mut cells = [None; N];
        let cells = &mut cells[..self.cells];
        row.fill(self.at, cells);
        let now = self.parts.read(row, cells)?;
        Ok(P::Complete::keep(now, |now| (self.build)(self.parts.finish(now))))
    }

    fn loads<'a>(&'a mut self, loads: &mut Vec<&'a mut dyn Pending>) {
        self.parts.loads(loads);
    }

    #[inline]
    fn finish(&mut self, now: Self::Now) -> S {
        P::Complete::finish(now, |now| (self.build)(self.parts.finish(now)))
    }
}

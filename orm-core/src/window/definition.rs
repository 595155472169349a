//! Windows: partition, order, frame.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::frame::{FrameBounds, RangeOrder, frame, range_frame};
use crate::expr::{Base, Expression, InWindow, Order, Orders, Select};
use crate::sql::WindowDef;
use crate::types::DbType;

/// What a window function looks at: the rows of a partition, in an order, and of these perhaps only a frame.
///
/// Without a frame, aggregates and `first_value`, `last_value`, `nth_value` look at the rows up to the current one and its
/// peers (those that the order does not tell from it), or without order at the whole partition: PostgreSQL's `RANGE BETWEEN
/// UNBOUNDED PRECEDING AND CURRENT ROW`.
///
/// One that several functions share is made by [`Window::new`] and used by `over_window(&w)`.
#[must_use = "a window does nothing until a window function is computed over it"]
pub struct Window<S = Unordered> {
    definition: Arc<WindowDef>,
    stage: PhantomData<fn() -> S>,
}

/// A window that has neither order nor frame yet.
#[derive(Debug, Clone, Copy)]
pub struct Unordered;

/// A window that has an order, and no frame yet.
#[derive(Debug, Clone, Copy)]
pub struct Ordered;

/// A window that has a frame.
#[derive(Debug, Clone, Copy)]
pub struct Framed;

/// A window that has no frame yet.
#[diagnostic::on_unimplemented(
    message = "the window has a frame already",
    label = "order and frame come once, and the frame is the last of both"
)]
pub trait TakesFrame {}
#[diagnostic::do_not_recommend]
impl TakesFrame for Unordered {}
#[diagnostic::do_not_recommend]
impl TakesFrame for Ordered {}

/// A window that has an order, and no frame yet.
#[diagnostic::on_unimplemented(
    message = "groups of peers need an order",
    label = "`.order_by(…)` comes first, and one frame after it"
)]
pub trait HasOrder {}
#[diagnostic::do_not_recommend]
impl HasOrder for Ordered {}

/// A window that has a frame.
#[diagnostic::on_unimplemented(
    message = "rows are excluded from a frame",
    label = "the frame comes first: `.rows(…)`, `.groups(…)` or `.range_asc(…)`; `.rows(..)` is the whole partition"
)]
pub trait HasFrame {}
#[diagnostic::do_not_recommend]
impl HasFrame for Framed {}

impl Window {
    /// The window of all rows.
    pub fn new() -> Self {
        Self {
            definition: Arc::new(WindowDef {
                named: true,
                ..WindowDef::default()
            }),
            stage: PhantomData,
        }
        .with(|_| {})
    }

    /// `ORDER BY value RANGE BETWEEN …`: ordered by one value, the smallest first, and the frame of the rows whose value is
    /// so far away from the current one. Of a date or time the bounds are intervals:
    /// `w.range_asc(p.day, Interval::days(-7)..=Interval::ZERO)`. Rows without a value have each other as frame.
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn range_asc<E: Expression<Phase: InWindow>, B: FrameBounds<<Base<E> as RangeOrder>::Offset>>(self, value: E, bounds: B) -> Window<Framed> where Base<E>: RangeOrder {
        self.range(value, bounds, false)
    }

    /// As [`range_asc`](Self::range_asc), the greatest first: rows *before* have greater values.
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn range_desc<E: Expression<Phase: InWindow>, B: FrameBounds<<Base<E> as RangeOrder>::Offset>>(self, value: E, bounds: B) -> Window<Framed> where Base<E>: RangeOrder {
        self.range(value, bounds, true)
    }

    fn range<E: Expression, B: FrameBounds<<Base<E> as RangeOrder>::Offset>>(
        self,
        value: E,
        bounds: B,
        descending: bool,
    ) -> Window<Framed>
    where
        Base<E>: RangeOrder,
    {
        let order = Order::by(value.into_node(), E::Type::TYPE, true, descending);
        self.with(|window| {
            window.order = vec![order];
            window.frame = Some(range_frame(bounds));
        })
    }
}

impl Default for Window {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> Window<S> {
    pub(super) fn definition(&self) -> &Arc<WindowDef> {
        &self.definition
    }

    /// To be written where it is used.
    pub(super) fn unnamed(self) -> Self {
        self.with(|window| window.named = false)
    }

    /// Another window: what was made of this one so far keeps it.
    fn with<Z>(self, change: impl FnOnce(&mut WindowDef)) -> Window<Z> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let mut definition = self.definition;
        let window = Arc::make_mut(&mut definition);
        window.id = NEXT.fetch_add(1, Ordering::Relaxed);
        change(window);
        Window {
            definition,
            stage: PhantomData,
        }
    }

    /// `PARTITION BY`: only rows that agree in this: a column, an expression, or a tuple of these; appended to what there is.
    pub fn partition_by<K: Select>(self, key: K) -> Self
    where
        K::Phase: InWindow,
    {
        self.with(|window| key.append_to(&mut window.partition))
    }

    /// `ORDER BY`: appended to the terms there are.
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn order_by<O: Orders<Phase: InWindow>>(self, order: O) -> Window<Ordered> where S: TakesFrame {
        self.with(|window| order.append_to(&mut window.order))
    }

    /// `ROWS BETWEEN …`: the frame of the rows from so many before (negative) or behind the current one: `rows(-2..=0)` are
    /// the two before it and itself, `rows(..=0)` all up to it, `rows(1..)` all behind it.
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn rows(self, bounds: impl FrameBounds<i64>) -> Window<Framed> where S: TakesFrame {
        self.with(|window| window.frame = Some(frame("ROWS", bounds)))
    }
}

impl<S> Window<S> {
    /// `GROUPS BETWEEN …`: as [`rows`](Self::rows), but counted in groups of peers, which the order does not tell apart:
    /// `groups(0..=0)` are the current row's peers, and `groups(..=0)` is what PostgreSQL takes without a frame.
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn groups(self, bounds: impl FrameBounds<i64>) -> Window<Framed> where S: HasOrder {
        self.with(|window| window.frame = Some(frame("GROUPS", bounds)))
    }

    /// `EXCLUDE CURRENT ROW`: the frame without the current row.
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn exclude_current_row(self) -> Self where S: HasFrame {
        self.exclude(" EXCLUDE CURRENT ROW")
    }

    /// `EXCLUDE GROUP`: the frame without the current row and its peers.
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn exclude_group(self) -> Self where S: HasFrame {
        self.exclude(" EXCLUDE GROUP")
    }

    /// `EXCLUDE TIES`: the frame without the current row's peers, but with itself.
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn exclude_ties(self) -> Self where S: HasFrame {
        self.exclude(" EXCLUDE TIES")
    }

    /// `EXCLUDE NO OTHERS`: the whole frame, as without this; takes another exclusion back.
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn exclude_no_others(self) -> Self where S: HasFrame {
        self.exclude("")
    }

    fn exclude(self, rows: &'static str) -> Self {
        self.with(|window| {
            if let Some(frame) = &mut window.frame {
                frame.exclude = rows;
            }
        })
    }
}

impl<S> Clone for Window<S> {
    fn clone(&self) -> Self {
        Self {
            definition: Arc::clone(&self.definition),
            stage: PhantomData,
        }
    }
}

impl<S> fmt::Debug for Window<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Window")
    }
}

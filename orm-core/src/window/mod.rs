//! Window functions (*Window Functions*): what a row can learn from the rows beside it.
//!
//! Each function here gives a [`WindowFunction`], which becomes an expression by [`over`](WindowFunction::over): the
//! partition that it looks at, the order therein, and the frame. `select` and `order_by` take the result; to filter by it,
//! select it in a derived table.
//!
//! ```
//! # use orm_core::{Expr, Sort, Windowed, window};
//! # fn shown(score: Expr<i32>, author: Expr<i64>, day: Expr<i32>) -> (Expr<i64, Windowed>, Expr<Option<i32>, Windowed>, Expr<i64, Windowed>) {
//! (
//!     window::rank().over(|w| w.partition_by(author.clone()).order_by(score.clone().desc())),
//!     window::lag(score.clone()).over(|w| w.order_by(day.clone().asc())),
//!     // Of the row, the two before it and the one behind it:
//!     window::count(score).over(|w| w.order_by(day.asc()).rows(-2..=1)),
//! )
//! # }
//! ```
//!
//! Over groups, the arguments and the window are made of the group's key and its aggregates:
//! `window::rank().over(|w| w.order_by(g.sum(|o| o.price).desc()))`.

mod aggregates;
mod definition;
mod frame;
mod functions;

pub use aggregates::*;
pub use definition::{Framed, HasFrame, HasOrder, Ordered, TakesFrame, Unordered, Window};
pub use frame::{FrameBounds, FrameOffset, RangeOrder};
pub use functions::*;

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::expr::{Condition, Expr, InFilter, Order, SelectParts, Selectable, Sort, Windowed};
use crate::sql::{Call, Node, WindowDef};
use crate::types::{DbType, FromRow};

/// A window function that waits for its window. It is no expression before [`over`](Self::over).
#[must_use = "a window function needs its window: `.over(|w| …)`"]
pub struct WindowFunction<T, A = Ranking> {
    call: Call,
    marker: PhantomData<fn() -> (T, A)>,
}

/// Window functions that are no aggregates.
#[derive(Debug, Clone, Copy)]
pub struct Ranking;

/// Aggregates as window functions; they can have a filter.
#[derive(Debug, Clone, Copy)]
pub struct OfFrame;

impl<T, A> WindowFunction<T, A> {
    fn new(function: &'static str, args: Vec<Node>) -> Self {
        let call = Call {
            function,
            args,
            ..Call::default()
        };
        Self {
            call,
            marker: PhantomData,
        }
    }

    /// `OVER (…)`: the window, made by the closure: `.over(|w| w.partition_by(p.author_id).order_by(p.score.desc()))`; `|w| w`
    /// is the window of all rows.
    pub fn over<S>(self, window: impl FnOnce(Window) -> Window<S>) -> Expr<T, Windowed> {
        self.over_window(&window(Window::new()).unnamed())
    }

    /// `OVER name`: a window that several functions share. It is written once, in the WINDOW clause.
    pub fn over_window<S>(mut self, window: &Window<S>) -> Expr<T, Windowed> {
        let window: &Arc<WindowDef> = window.definition();
        self.call.over = Some(Arc::clone(window));
        Expr::new(Node::call(self.call))
    }
}

impl<T> WindowFunction<T, OfFrame> {
    /// `FILTER (WHERE condition)`: of the frame's rows only those for which this holds; several are joined by AND.
    pub fn filter<C: Condition>(mut self, condition: C) -> Self
    where
        C::Phase: InFilter,
    {
        self.call.filter.push(condition.into_condition());
        self
    }
}

/// What no window function is.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a window function has no value before it has a window",
    label = "`.over(|w| …)` is missing; `.over(|w| w)` is the window of all rows"
)]
pub trait HasWindow {}

#[diagnostic::do_not_recommend]
impl<T, A> Selectable for WindowFunction<T, A> {
    type This = Self;
}

/// So that it is said what is missing, and not that it can never be selected.
impl<T: DbType + FromRow, A> SelectParts for WindowFunction<T, A>
where
    Self: HasWindow,
{
    type Row = T;
    type Phase = Windowed;
    fn append_parts(self, items: &mut Vec<Node>) {
        items.push(Node::call(self.call));
    }
}

impl<T, A> WindowFunction<T, A> {
    #[doc(hidden)]
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn asc(self) -> Order<Windowed> where Self: HasWindow {
        unsorted()
    }

    #[doc(hidden)]
    #[rustfmt::skip] // In one line, because errors show it.
    pub fn desc(self) -> Order<Windowed> where Self: HasWindow {
        unsorted()
    }
}

fn unsorted() -> Order<Windowed> {
    Expr::<bool, Windowed>::new(Node::Null).asc()
}

impl<T, A> Clone for WindowFunction<T, A> {
    fn clone(&self) -> Self {
        Self {
            call: self.call.clone(),
            marker: PhantomData,
        }
    }
}

impl<T, A> fmt::Debug for WindowFunction<T, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WindowFunction({})", self.call.function)
    }
}

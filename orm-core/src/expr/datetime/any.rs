//! Dates and times that take their Rust type from what they meet: `now()`, `make_date(…)` and their kin.

use std::marker::PhantomData;
use std::ops::{Add, Sub};

use super::{Date, Instant, LocalTimestamp, TimeOfDay};
use crate::expr::{Assignable, Is, Lift, Mode, OfOneRow, Operand, OrNull, PerRow};
use crate::sql::{Level, Node};
use crate::types::{HasInfinity, Interval, MaybeInfinite, NotNull};

macro_rules! any {
    ($($(#[$doc:meta])* $name:ident: $kind:ident, $by:ty;)+) => { $(
        $(#[$doc])*
        ///
        /// It takes the Rust type of what it is compared with or assigned to; to select it, say the type:
        /// [`of`](Self::of). `M` says whether it may be NULL, and its phase.
        #[derive(Debug, Clone)]
        #[must_use = "an expression does nothing until it is part of a query"]
        pub struct $name<M = Is<NotNull, PerRow>> {
            node: Node,
            marker: PhantomData<fn() -> M>,
        }

        impl<M: Mode> $name<M> {
            pub(super) fn made(node: Node) -> Self {
                Self { node, marker: PhantomData }
            }

            /// As an expression of a type of your choice.
            pub fn of<T: $kind>(self) -> Lift<M, T> {
                Lift::<M, T>::new(self.node)
            }
        }

        impl<M: Mode, R: Operand<$by>> Add<R> for $name<M> {
            type Output = $name<M::Or<R::Mode>>;
            fn add(self, by: R) -> Self::Output {
                $name::made(Node::infix(&["", " + ", ""], Level::Additive, self.node, by.into_operand()))
            }
        }

        impl<M: Mode, R: Operand<$by>> Sub<R> for $name<M> {
            type Output = $name<M::Or<R::Mode>>;
            fn sub(self, by: R) -> Self::Output {
                $name::made(Node::infix(&["", " - ", ""], Level::Additive, self.node, by.into_operand()))
            }
        }

        #[diagnostic::do_not_recommend]
        impl<T: $kind, M: Mode> Operand<T> for $name<M> {
            type Mode = M;
            fn into_operand(self) -> Node {
                self.node
            }
        }

        #[diagnostic::do_not_recommend]
        impl<T: $kind + HasInfinity, M: Mode> Operand<MaybeInfinite<T>> for $name<M> {
            type Mode = M;
            fn into_operand(self) -> Node {
                self.node
            }
        }

        #[diagnostic::do_not_recommend]
        impl<T: $kind, M: Mode<Null = NotNull>> Assignable<T> for $name<M>
        where
            M::Phase: OfOneRow,
        {
            fn into_value(self) -> Node {
                self.node
            }
        }

        #[diagnostic::do_not_recommend]
        impl<T: $kind, M: Mode> Assignable<Option<T>> for $name<M>
        where
            M::Phase: OfOneRow,
        {
            fn into_value(self) -> Node {
                self.node
            }
        }

        #[diagnostic::do_not_recommend]
        impl<T: $kind, M: Mode> OrNull<T> for $name<M> {
            type Phase = M::Phase;
            fn into_side(self) -> Node {
                self.node
            }
        }
    )+ };
}

any! {
    /// A timestamp with time zone, such as [`now`].
    AnyInstant: Instant, Interval;
    /// A timestamp without time zone, such as [`local_timestamp`].
    AnyTimestamp: LocalTimestamp, Interval;
    /// A date, such as [`current_date`]; days are added and subtracted.
    AnyDate: Date, i32;
    /// A time of day, such as [`local_time`].
    AnyTime: TimeOfDay, Interval;
}

fn word(sql: &'static [&'static str]) -> Node {
    Node::sql(sql, Level::Atom, [])
}

/// `now()`: when the transaction began. With an [`Interval`] added or subtracted it is a time before or after:
/// `u.created_at.gt(now() - Interval::days(7))`.
pub fn now() -> AnyInstant {
    AnyInstant::made(word(&["now()"]))
}

/// `statement_timestamp()`: when the statement began.
pub fn statement_timestamp() -> AnyInstant {
    AnyInstant::made(word(&["statement_timestamp()"]))
}

/// `clock_timestamp()`: the time at which this is computed, another one for each row.
pub fn clock_timestamp() -> AnyInstant {
    AnyInstant::made(word(&["clock_timestamp()"]))
}

/// `current_date`: the day on which the transaction began, in the session's time zone.
pub fn current_date() -> AnyDate {
    AnyDate::made(word(&["current_date"]))
}

/// `localtimestamp`: when the transaction began, in the session's time zone.
pub fn local_timestamp() -> AnyTimestamp {
    AnyTimestamp::made(word(&["localtimestamp"]))
}

/// `localtime`: the time of day at which the transaction began, in the session's time zone.
pub fn local_time() -> AnyTime {
    AnyTime::made(word(&["localtime"]))
}

//! Dates and times made of numbers and texts.

use super::{AnyDate, AnyInstant, AnyTime, AnyTimestamp};
use crate::expr::phase::either;
use crate::expr::{Lift, Operand, call};
use crate::sql::{Level, Node};
use crate::types::Interval;

/// `make_date(year, month, day)`: a negative year is before Christ. A day that there is not is the server's error
/// 22008.
pub fn make_date<A: Operand<i32>, B: Operand<i32>, C: Operand<i32>>(
    year: A,
    month: B,
    day: C,
) -> AnyDate<either!(A::Mode, B::Mode, C::Mode)> {
    let args = [year.into_operand(), month.into_operand(), day.into_operand()];
    AnyDate::made(Node::sql(&["make_date(", ", ", ", ", ")"], Level::Atom, args))
}

/// `make_time(hour, minute, second)`; one that there is not is the server's error 22008.
pub fn make_time<A: Operand<i32>, B: Operand<i32>, C: Operand<f64>>(
    hour: A,
    minute: B,
    second: C,
) -> AnyTime<either!(A::Mode, B::Mode, C::Mode)> {
    let args = [hour.into_operand(), minute.into_operand(), second.into_operand()];
    AnyTime::made(Node::sql(&["make_time(", ", ", ", ", ")"], Level::Atom, args))
}

/// `make_timestamp(year, month, day, hour, minute, second)`; one that there is not is the server's error 22008.
pub fn make_timestamp<
    A: Operand<i32>,
    B: Operand<i32>,
    C: Operand<i32>,
    D: Operand<i32>,
    E: Operand<i32>,
    F: Operand<f64>,
>(
    year: A,
    month: B,
    day: C,
    hour: D,
    minute: E,
    second: F,
) -> AnyTimestamp<either!(A::Mode, B::Mode, C::Mode, D::Mode, E::Mode, F::Mode)> {
    let args = [
        year.into_operand(),
        month.into_operand(),
        day.into_operand(),
        hour.into_operand(),
        minute.into_operand(),
        second.into_operand(),
    ];
    AnyTimestamp::made(Node::sql(
        &["make_timestamp(", ", ", ", ", ", ", ", ", ", ", ")"],
        Level::Atom,
        args,
    ))
}

/// `make_timestamptz(year, month, day, hour, minute, second, zone)`: the instant at which it is that time in a zone
/// such as `Europe/Berlin`; an unknown one is the server's error 22023.
pub fn make_timestamptz<
    A: Operand<i32>,
    B: Operand<i32>,
    C: Operand<i32>,
    D: Operand<i32>,
    E: Operand<i32>,
    F: Operand<f64>,
    G: Operand<String>,
>(
    year: A,
    month: B,
    day: C,
    hour: D,
    minute: E,
    second: F,
    zone: G,
) -> AnyInstant<either!(A::Mode, B::Mode, C::Mode, D::Mode, E::Mode, F::Mode, G::Mode)> {
    let args = [
        year.into_operand(),
        month.into_operand(),
        day.into_operand(),
        hour.into_operand(),
        minute.into_operand(),
        second.into_operand(),
        zone.into_operand(),
    ];
    AnyInstant::made(Node::sql(
        &["make_timestamptz(", ", ", ", ", ", ", ", ", ", ", ", ", ")"],
        Level::Atom,
        args,
    ))
}

/// `make_interval(years, months, weeks, days, hours, minutes, seconds)`. Of values alone, write an [`Interval`].
pub fn make_interval<
    A: Operand<i32>,
    B: Operand<i32>,
    C: Operand<i32>,
    D: Operand<i32>,
    E: Operand<i32>,
    F: Operand<i32>,
    G: Operand<f64>,
>(
    years: A,
    months: B,
    weeks: C,
    days: D,
    hours: E,
    minutes: F,
    seconds: G,
) -> Lift<either!(A::Mode, B::Mode, C::Mode, D::Mode, E::Mode, F::Mode, G::Mode), Interval> {
    let args = [
        years.into_operand(),
        months.into_operand(),
        weeks.into_operand(),
        days.into_operand(),
        hours.into_operand(),
        minutes.into_operand(),
        seconds.into_operand(),
    ];
    call(&["make_interval(", ", ", ", ", ", ", ", ", ", ", ", ", ")"], args)
}

/// `to_date(text, format)`: by a pattern such as `DD.MM.YYYY`; a text that does not fit is the server's error 22007 or
/// 22008.
pub fn to_date<A: Operand<String>, B: Operand<String>>(text: A, format: B) -> AnyDate<either!(A::Mode, B::Mode)> {
    let args = [text.into_operand(), format.into_operand()];
    AnyDate::made(Node::sql(&["to_date(", ", ", ")"], Level::Atom, args))
}

/// `to_timestamp(text, format)`: by a pattern such as `DD.MM.YYYY HH24:MI`, in the session's time zone unless it says
/// one; a text that does not fit is the server's error 22007 or 22008.
pub fn to_timestamp<A: Operand<String>, B: Operand<String>>(
    text: A,
    format: B,
) -> AnyInstant<either!(A::Mode, B::Mode)> {
    let args = [text.into_operand(), format.into_operand()];
    AnyInstant::made(Node::sql(&["to_timestamp(", ", ", ")"], Level::Atom, args))
}

/// `to_timestamp(seconds)`: the instant so many seconds after 1970-01-01 00:00 UTC. NaN is the server's error 22008.
pub fn from_epoch<A: Operand<f64>>(seconds: A) -> AnyInstant<either!(A::Mode)> {
    let args = [seconds.into_operand()];
    AnyInstant::made(Node::sql(&["to_timestamp(", ")"], Level::Atom, args))
}

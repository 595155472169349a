//! A file per query.

mod q01;
mod q02;
mod q03;
mod q04;
mod q05;
mod q06;
mod q07;
mod q08;
mod q09;
mod q10;
mod q11;
mod q12;
mod q13;
mod q14;
mod q15;
mod q16;
mod q17;
mod q18;
mod q19;
mod q20;
mod q21;
mod q22;

use chrono::NaiveDate;
use orm::prelude::*;
use rust_decimal::Decimal;

use super::models::LineItemFields;

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a date of the calendar")
}

/// What is paid for a line: its price less the discount, before tax.
fn discounted(line: LineItemFields) -> Expr<Decimal> {
    line.extended_price * (1 - line.discount)
}

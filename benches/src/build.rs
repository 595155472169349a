//! From a closure to SQL text and parameters, without a server.

use std::hint::black_box;
use std::time::Duration;

use orm::Statement;
use orm::prelude::*;

use crate::measure::{Clock, median};
use crate::model::User;
use crate::report::Report;

const QUERIES: u32 = 10_000;
const ROUNDS: usize = 41;

pub(crate) fn run(report: &mut Report) {
    let name = "build: filter, order, limit";
    if !report.wants(name) {
        return;
    }
    let once = || {
        let clock = Clock::start();
        for number in 0..QUERIES {
            black_box(query(black_box(number as i32), black_box("Ann")).ok());
        }
        // Nothing is waited for, so the CPU is what it costs; the time that passes is also other programs'.
        clock.read().cpu.as_secs_f64() / f64::from(QUERIES)
    };
    let time = median((0..ROUNDS).map(|_| once()));
    let limit = Duration::from_nanos(1_500);
    report.alone(
        name,
        "closure → text and parameters, CPU",
        Duration::from_secs_f64(time),
        Some(limit),
    );
}

fn query(age: i32, name: &str) -> std::result::Result<Statement, Error> {
    User::query()
        .filter(|u| u.age.ge(age) & u.name.gt(name) & u.nickname.is_not_null())
        .order_by(|u| (u.name.asc(), u.id.desc()))
        .limit(20)
        .to_sql()
}

//! The hour of a day.

use chrono::NaiveDate;
use orm::prelude::*;

#[derive(Model)]
#[orm(table = "events")]
struct Event {
    #[orm(primary_key, generated)]
    id: i64,
    day: NaiveDate,
}

fn main() {
    let _hours = Event::query().select(|e| e.day.hour());
}

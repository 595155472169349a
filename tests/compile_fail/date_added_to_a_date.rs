//! The day of an event, twice.

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
    let _days = Event::query().select(|e| e.day + e.day);
}

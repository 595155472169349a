//! The days since then.

use orm::prelude::*;

#[derive(Model)]
#[orm(table = "users")]
struct User {
    #[orm(primary_key, generated)]
    id: i64,
    name: String,
    age: i32,
    nickname: Option<String>,
}

fn main() {
    let then = chrono::DateTime::<chrono::Utc>::UNIX_EPOCH;
    let _days = generate_series(value(then), then).query();
}

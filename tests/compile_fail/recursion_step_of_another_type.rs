//! Count from one on.

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
    let _numbers = recursive(generate_series(1_i64, 1).query(), |n| n.select(|n| n.cast::<String>()));
}

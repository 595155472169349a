//! Rows of a struct of our own.

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

struct Pair(i32, String);

fn main() {
    let _rows = values([Pair(1, "a".into())]);
}

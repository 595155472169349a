//! A big counter.

use orm::prelude::*;

#[derive(Model)]
#[orm(table = "users")]
struct User {
    #[orm(primary_key, generated)]
    id: i64,
    #[orm(unique)]
    email: String,
    name: String,
    age: u64,
    nickname: Option<String>,
}

fn main() {
    let _users = User::query();
}

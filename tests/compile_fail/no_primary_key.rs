//! Users without a key.

use orm::prelude::*;

#[derive(Model)]
#[orm(table = "users")]
struct User {
    id: i64,
    #[orm(unique)]
    email: String,
    name: String,
    age: i32,
    nickname: Option<String>,
}

fn main() {
    let _users = User::query();
}

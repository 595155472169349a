//! Change a user by a new one.

use orm::prelude::*;

#[derive(Model)]
#[orm(table = "users")]
struct User {
    #[orm(primary_key, generated)]
    id: i64,
    #[orm(unique)]
    email: String,
    name: String,
    age: i32,
    nickname: Option<String>,
}

fn main() {
    let new = NewUser { email: "ann@example.org".into(), name: "Ann".into(), age: 42, nickname: None };
    let _patch = User::patch(7, new);
}

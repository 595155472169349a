//! A new user with a number of our own.

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
    let _new = NewUser { id: 7, email: "ann@example.org".into(), name: "Ann".into(), age: 42, nickname: None };
}

//! Users, each with the length of the name.

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

#[derive(Row)]
struct WithLength {
    user: User,
    length: i32,
}

fn main() {
    let _users = User::query().select(|u| WithLengthExpr { user: u, length: u.name.length() });
}

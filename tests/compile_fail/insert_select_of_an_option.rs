//! Users out of users, with a nickname, which may be NULL, as the name.

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
    let _insert = User::insert_select(User::query(), |u| NewUserExpr { email: u.email, name: u.nickname, age: 1, nickname: None });
}

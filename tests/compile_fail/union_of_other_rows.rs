//! All names and all ages in one list.

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
    let _all = User::query().select(|u| u.name).union(User::query().select(|u| u.age));
}

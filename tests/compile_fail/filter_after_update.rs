//! Make the young a year older.

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
    let _update = User::query().update(|u| u.age.set(u.age + 1)).filter(|u| u.age.lt(18));
}

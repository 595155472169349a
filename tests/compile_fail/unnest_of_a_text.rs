//! The letters of each name.

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
    let _letters = User::query().cross_join(|u| unnest(u.name));
}

//! A distance whose symbol is a word.

use orm::prelude::*;

orm::sql_operator! {
    fn distance(a: i32, b: i32) -> i32 = "minus";
}

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
    let _found = User::query().filter(|u| distance(u.age, 1).gt(3));
}

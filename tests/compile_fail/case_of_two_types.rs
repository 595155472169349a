//! A text for the young, a number for the others.

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
    let _labels = User::query().select(|u| case().when(u.age.lt(18), "young").otherwise(18));
}

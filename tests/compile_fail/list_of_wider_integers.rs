//! Users of some ages, which came as `i64`.

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
    let ages: Vec<i64> = vec![18, 19];
    let _found = User::query().filter(|u| u.age.in_(ages));
}

//! Sets ages to the number of users, by a query that is not made a value.

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
    let _update = User::query().update(|u| u.age.set(User::query().aggregate(|all| all.count().cast::<i32>())));
}

//! Sets every age to the largest one, as an aggregate of the rows that are updated.

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
    let _oldest = User::query().aggregate(|all| {
        let _update = User::query().update(|u| u.age.set(all.count().cast::<i32>()));
        all.count()
    });
}

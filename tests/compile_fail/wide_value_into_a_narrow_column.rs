//! Set an age that is an `i64`; the column is an `i32`.

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
    let age: i64 = 42;
    let _update = User::query().all_rows().update(|u| u.age.set(age));
}

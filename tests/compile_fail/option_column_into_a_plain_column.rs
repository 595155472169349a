//! Call everybody by their nickname; not everybody has one.

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
    let _update = User::query().all_rows().update(|u| u.name.set(u.nickname));
}

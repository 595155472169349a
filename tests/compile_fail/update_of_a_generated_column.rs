//! Set what the database computes.

use orm::prelude::*;

#[derive(Model)]
#[orm(table = "users")]
struct User {
    #[orm(primary_key, generated)]
    id: i64,
    #[orm(unique)]
    email: String,
    name: String,
    #[orm(generated = "lower(email)")]
    sort_key: String,
    #[orm(version)]
    version: i32,
    nickname: Option<String>,
}

fn main() {
    let _update = User::query().filter(|u| u.id.eq(7)).update(|u| u.sort_key.set("ann"));
}

//! Users with their namesakes, the users locked.

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
    let _users = User::query().for_update().join(|u| User::query().on(|other| other.name.eq(u.name)));
}

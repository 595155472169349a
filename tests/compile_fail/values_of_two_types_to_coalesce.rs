//! The nickname, else the age.

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
    let _names = User::query().select(|u| orm::coalesce_all((u.nickname, u.name, u.age)));
}

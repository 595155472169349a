//! Names only, if that is wanted: the type of the query changes with `select`.

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
    let mut query = User::query();
    query = query.select(|u| u.name);
    let _query = query;
}

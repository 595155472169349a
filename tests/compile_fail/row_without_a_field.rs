//! Names and nicknames, but only names are selected.

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

#[derive(Row)]
struct Nick {
    name: String,
    nickname: String,
}

fn main() {
    let _nicks = User::query().select(|u| NickExpr { name: u.name });
}

//! Names, with the whole user where the name goes.

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
struct Name {
    name: String,
}

fn main() {
    let _names = User::query().select(|u| NameExpr { name: u });
}

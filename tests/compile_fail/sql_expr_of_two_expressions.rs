//! Users with the lengths of their names.

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
    let _found = User::query().select(|u| sql_expr!("{u.name}, length({u.name})" => String));
}

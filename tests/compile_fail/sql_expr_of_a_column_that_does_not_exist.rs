//! Users whose title sounds like Ann.

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
    let _found = User::query().filter(|u| sql_expr!("soundex({u.title}) = 'A500'" => bool));
}

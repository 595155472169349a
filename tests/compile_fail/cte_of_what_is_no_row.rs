//! A CTE of names, by a struct of our own.

use orm::prelude::*;

#[derive(Model)]
#[orm(table = "users")]
struct User {
    #[orm(primary_key, generated)]
    id: i64,
    name: String,
    age: i32,
    nickname: Option<String>,
}

struct Name {
    name: String,
}

fn main() {
    let _names: Option<orm::Cte<Name>> = None;
    let _ = |name: Name| name.name;
}

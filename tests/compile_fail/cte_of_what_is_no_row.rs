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

fn join_names(_: &orm::Cte<Name>) {}

fn main() {
    let _ = (join_names, |name: Name| name.name);
}

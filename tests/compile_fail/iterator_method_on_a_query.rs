//! The names of all users, as if the query were an iterator.

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

async fn run(db: &Database) {
    let _names: Vec<String> = User::query().map(|u| u.name).collect();
}

fn main() {}

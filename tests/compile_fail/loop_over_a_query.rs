//! All users, one after another.

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
    for user in User::query() {
        println!("{}", user.name);
    }
}

fn main() {}

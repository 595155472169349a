//! All users, from the database of this URL.

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
    let url = String::from("postgres://localhost/shop");
    let _users = User::query().all(&url).await;
}

fn main() {}

//! All users; the number of the connection where the database goes.

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
    let _users = User::query().all(5).await;
}

fn main() {}

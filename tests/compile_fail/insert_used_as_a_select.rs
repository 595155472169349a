//! The user that is inserted, or nobody.

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
    let new = NewUser { email: "ann@example.org".into(), name: "Ann".into(), age: 42, nickname: None };
    let _user = User::insert(new).first(db).await;
}

fn main() {}

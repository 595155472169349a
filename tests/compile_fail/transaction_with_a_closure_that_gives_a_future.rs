//! Count in a transaction, by a closure that gives a future.

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

async fn run(db: &Database) -> Result<i64, Error> {
    db.transaction(|tx| async move { User::query().count(tx).await }).await
}

fn main() {}

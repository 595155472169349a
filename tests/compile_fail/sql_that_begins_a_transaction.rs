//! Begins a transaction.

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
    let _run = async |db: Database| {
        let rows = sql!("BEGIN").execute(&db).await?;
        Ok::<_, Error>(rows)
    };
}

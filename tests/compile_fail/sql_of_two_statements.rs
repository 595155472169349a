//! Deletes all users, then tells what is left.

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
        let rows: Vec<User> = sql!("DELETE FROM users; SELECT * FROM users").all(&db).await?;
        Ok::<_, Error>(rows)
    };
}

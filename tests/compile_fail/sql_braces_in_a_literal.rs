//! Users whose nickname is an empty JSON object.

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
        let rows: Vec<User> = sql!("SELECT * FROM users WHERE nickname = '{}'").all(&db).await?;
        Ok::<_, Error>(rows)
    };
}

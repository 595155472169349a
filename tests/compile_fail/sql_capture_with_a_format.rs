//! The user with a name, formatted.

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
    let _run = async |db: Database, name: String| {
        let rows: Vec<User> = sql!("SELECT * FROM users WHERE name = {name:?}").all(&db).await?;
        Ok::<_, Error>(rows)
    };
}

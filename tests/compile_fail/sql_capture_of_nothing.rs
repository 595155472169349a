//! The user with a key, written as for `format!`.

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
    let _run = async |db: Database, id: i64| {
        let rows: Vec<User> = sql!("SELECT * FROM users WHERE id = {}").all(&db).await?;
        Ok::<_, Error>(rows)
    };
}

//! Users whose name is the one that was searched for, by a text that is put together.

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
        let text = format!("SELECT * FROM users WHERE name = '{name}'");
        let rows: Vec<User> = sql!(text).all(&db).await?;
        Ok::<_, Error>(rows)
    };
}

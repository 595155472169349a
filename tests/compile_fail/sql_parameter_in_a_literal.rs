//! Users whose name has a part that was searched for.

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
    let _run = async |db: Database, part: String| {
        let rows: Vec<User> = sql!("SELECT * FROM users WHERE name LIKE '%{part}%'").all(&db).await?;
        Ok::<_, Error>(rows)
    };
}

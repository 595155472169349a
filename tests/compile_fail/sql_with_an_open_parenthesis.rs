//! Users of two ages.

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
        let rows: Vec<User> = sql!("SELECT * FROM users WHERE age IN (17, 18 ORDER BY id").all(&db).await?;
        Ok::<_, Error>(rows)
    };
}

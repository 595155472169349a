//! Users of an age; it came from a configuration as `u32`.

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
    let _run = async |db: Database, age: u32| {
        let rows: Vec<User> = sql!("SELECT * FROM users WHERE age = {age}").all(&db).await?;
        Ok::<_, Error>(rows)
    };
}

//! The users of a year, which has a table of its own.

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
    let _run = async |db: Database, year: i32| {
        let rows: Vec<User> = sql!("SELECT * FROM users_{year}").all(&db).await?;
        Ok::<_, Error>(rows)
    };
}

//! Keys and names in a struct of the program's.

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

struct Card {
    id: i64,
    name: String,
}

fn main() {
    let _run = async |db: Database| {
        let rows: Vec<Card> = sql!("SELECT id, name FROM users").all(&db).await?;
        Ok::<_, Error>(rows)
    };
}

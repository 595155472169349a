//! Names and ages, the ages as text.

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

async fn run(db: &Database) -> Result<Vec<(String, String)>, Error> {
    let rows: Vec<(String, String)> = User::query().select(|u| (u.name, u.age)).all(db).await?;
    Ok(rows)
}

fn main() {}

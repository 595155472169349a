//! Names and nicknames, with the age where the nickname goes.

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

#[derive(Row)]
struct Nick {
    name: String,
    nickname: String,
}

async fn run(db: &Database) -> Result<Vec<Nick>, Error> {
    let nicks = User::query().select(|u| NickExpr { name: u.name, nickname: u.age }).all(db).await?;
    Ok(nicks)
}

fn main() {}

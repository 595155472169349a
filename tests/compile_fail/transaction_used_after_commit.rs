//! Commit, and then one more row.

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

async fn run(db: &Database) -> Result<Vec<User>, Error> {
    let tx = db.begin().await?;
    tx.commit().await?;
    User::query().all(&tx).await
}

fn main() {}

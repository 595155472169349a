//! Commit by hand in a closure that commits by itself.

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

async fn run(db: &Database) -> Result<(), Error> {
    db.transaction(async |tx| {
        User::query().filter(|u| u.age.gt(70)).delete().execute(tx).await?;
        tx.commit().await
    })
    .await
}

fn main() {}

//! Keep the transaction for later.

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
    let mut kept = None;
    db.transaction(async |tx| {
        kept = Some(tx);
        Ok(())
    })
    .await?;
    let _kept = kept;
    Ok(())
}

fn main() {}

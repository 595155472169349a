//! Count the users, or refuse with an error of the service.

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

enum Refused {
    TooYoung,
    Database(Error),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

async fn run(db: &Database, age: i32) -> Result<i64, Refused> {
    let count = db
        .transaction(async |tx| {
            let count = User::query().count(tx).await?;
            if age < 18 {
                return Err(Refused::TooYoung);
            }
            Ok(count)
        })
        .await?;
    Ok(count)
}

fn main() {}

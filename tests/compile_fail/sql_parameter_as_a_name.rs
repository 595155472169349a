//! Users in an order that the client has chosen.

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
    let _run = async |db: Database, column: String| {
        let rows: Vec<User> = sql!(r#"SELECT * FROM users ORDER BY "{column}""#).all(&db).await?;
        Ok::<_, Error>(rows)
    };
}

//! Posts, read as users.

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

#[derive(Model)]
#[orm(table = "posts")]
struct Post {
    #[orm(primary_key, generated)]
    id: i64,
    author_id: i64,
    title: String,
}

async fn run(db: &Database) -> Result<Vec<User>, Error> {
    let users: Vec<User> = Post::query().all(db).await?;
    Ok(users)
}

fn main() {}

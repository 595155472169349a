//! Users with the titles of their posts, where there are any.

use orm::prelude::*;

#[derive(Model)]
#[orm(table = "users", has_many(posts: Post, via = author_id))]
struct User {
    #[orm(primary_key, generated)]
    id: i64,
    name: String,
}

#[derive(Model)]
#[orm(table = "posts")]
struct Post {
    #[orm(primary_key, generated)]
    id: i64,
    #[orm(belongs_to(author: User))]
    author_id: i64,
    #[orm(belongs_to(editor: User))]
    editor_id: Option<i64>,
    title: String,
}

#[derive(Row)]
struct Written {
    name: String,
    post_id: i64,
}

async fn run(db: &Database) -> Result<Vec<Written>, Error> {
    let rows = User::query().left_join(|u| u.posts()).select(|(u, p)| WrittenExpr { name: u.name, post_id: p.id }).all(db).await?;
    Ok(rows)
}

fn main() {}

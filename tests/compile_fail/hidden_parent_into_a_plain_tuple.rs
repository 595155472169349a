//! Titles with their authors' names; an author may be hidden by the standing filter of users.

use orm::prelude::*;

#[derive(Model)]
#[orm(table = "users", filter = |u| u.active)]
struct User {
    #[orm(primary_key, generated)]
    id: i64,
    name: String,
    active: bool,
}

#[derive(Model)]
#[orm(table = "posts")]
struct Post {
    #[orm(primary_key, generated)]
    id: i64,
    title: String,
    #[orm(belongs_to(author: User))]
    author_id: i64,
}

async fn titles(db: &dyn Executor) -> Result<Vec<(String, String)>, Error> {
    let rows: Vec<(String, String)> = Post::query().select(|p| (p.title, p.author().name)).all(db).await?;
    Ok(rows)
}

fn main() {
    let _ = titles;
}

//! Posts with their authors; an author may be hidden by the standing filter of users.

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

async fn feed(db: &dyn Executor) -> Result<Vec<(Post, User)>, Error> {
    let feed: Vec<(Post, User)> = Post::query().with(|p| p.author()).all(db).await?;
    Ok(feed)
}

fn main() {
    let _ = feed;
}

//! The authors of good posts.

use orm::prelude::*;

#[derive(Model)]
#[orm(table = "posts")]
struct Post {
    #[orm(primary_key, generated)]
    id: i64,
    author_id: i64,
    title: String,
    score: i32,
    pinned: bool,
    note: Option<String>,
}

fn main() {
    let _query = Post::query().group_by(|p| p.author_id).having(|p| p.score.gt(3)).select(|g| g.key());
}

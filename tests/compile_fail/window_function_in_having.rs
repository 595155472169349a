//! The author of most posts.

use orm::prelude::*;
use orm::window;

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
    let _query = Post::query().group_by(|p| p.author_id).having(|g| window::rank().over(|w| w.order_by(g.count().desc())).eq(1)).select(|g| g.key());
}

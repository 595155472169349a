//! The posts by rank.

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
    let _query = Post::query().order_by(|_| window::rank().asc());
}

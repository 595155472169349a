//! The three highest posts, by a text around the rank.

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
    let _query = Post::query().filter(|p| sql_expr!("{window::rank().over(|w| w.order_by(p.score.desc()))} <= 3" => bool));
}

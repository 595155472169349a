//! Users with posts that do not say whose they are.

use orm::prelude::*;

#[derive(Model)]
#[orm(table = "users", has_many(posts: Post))]
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
    author_id: i64,
    editor_id: Option<i64>,
    title: String,
}

fn main() {}

//! The posts of a user by a text.

use orm::prelude::*;

#[derive(Model)]
#[orm(table = "users", has_many(posts: Post, via = title))]
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

fn main() {}

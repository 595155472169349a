//! A key that is smaller than the one that it points to.

use orm::prelude::*;

#[derive(Model)]
#[orm(table = "users")]
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
    author_id: i32,
    #[orm(belongs_to(editor: User))]
    editor_id: Option<i64>,
    title: String,
}

fn main() {}

//! Users out of posts, with the new row of a post.

use orm::prelude::*;

#[derive(Model)]
#[orm(table = "users")]
struct User {
    #[orm(primary_key, generated)]
    id: i64,
    #[orm(unique)]
    email: String,
    name: String,
    age: i32,
    nickname: Option<String>,
}

#[derive(Model)]
#[orm(table = "posts")]
struct Post {
    #[orm(primary_key, generated)]
    id: i64,
    author_id: i64,
    title: String,
}

fn main() {
    let _insert = User::insert_select(Post::query(), |p| NewPostExpr { author_id: p.author_id, title: p.title });
}

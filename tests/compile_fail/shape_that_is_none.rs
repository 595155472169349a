//! Users with their posts; the struct derives nothing.

use orm::prelude::*;

#[derive(Model)]
#[orm(table = "users", has_many(posts: Post))]
struct User {
    #[orm(primary_key, generated)]
    id: i64,
    name: String,
    nickname: Option<String>,
    #[orm(belongs_to(manager: User))]
    manager_id: Option<i64>,
}

#[derive(Model)]
#[orm(table = "posts", has_many(comments: Comment))]
struct Post {
    #[orm(primary_key, generated)]
    id: i64,
    #[orm(belongs_to(author: User))]
    author_id: i64,
    title: String,
}

#[derive(Model)]
#[orm(table = "comments")]
struct Comment {
    #[orm(primary_key, generated)]
    id: i64,
    #[orm(belongs_to(post: Post))]
    post_id: i64,
    text: String,
}

struct PostTitle {
    title: String,
}

#[derive(Shape)]
#[orm(of = User)]
struct Card {
    id: i64,
    posts: Vec<PostTitle>,
}

fn main() {}

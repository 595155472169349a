//! The posts of a user that was read without them.

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
    #[orm(belongs_to(author: User))]
    author_id: i64,
    title: String,
}

fn posts(user: &User) -> &[Post] {
    &user.posts
}

fn main() {}

//! Users with the three latest posts of each.

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

fn main() {
    let _users = User::query().with(|u| u.posts().query().order_by(|p| p.id.desc()).limit(3));
}

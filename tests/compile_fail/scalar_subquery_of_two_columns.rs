//! Users with the title of their post: the id of the post was selected, too.

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
    let _rows = User::query().select(|u| {
        Post::query().filter(|p| p.author_id.eq(u.id)).select(|p| (p.id, p.title)).scalar()
    });
}

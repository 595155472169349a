//! Deletes the posts of the young, by a join.

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
    let _delete = Post::query().join(|p| User::query().on(|u| u.id.eq(p.author_id))).filter(|(_, u)| u.age.lt(18)).delete();
}

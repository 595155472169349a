//! Names, with the titles of their posts.

use orm::prelude::*;

#[derive(Model)]
#[orm(table = "users")]
struct User {
    #[orm(primary_key, generated)]
    id: i64,
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
    let names = User::query().select(|u| (u.id, u.name));
    let _joined = names.join(|u| Post::query().on(move |p| p.author_id.eq(u.id)));
}

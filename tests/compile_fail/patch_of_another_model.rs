//! Change a user by what changes posts.

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

#[derive(Patch)]
#[orm(of = Post)]
struct Rename {
    title: Change<String>,
}

fn main() {
    let patch = Rename { title: Change::Set("Hello".into()) };
    let _patch = User::patch(7, patch);
}

//! Inserts users that are not there, with a column of the table instead of the source.

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
    let _merge = User::merge(|u| Post::query().on(|p| p.author_id.eq(u.id)))
        .when_not_matched()
        .insert(|(u, p)| NewUserExpr { email: p.title, name: u.name, age: 1, nickname: None });
}

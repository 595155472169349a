//! Updates what matches, and deletes some of it by a clause behind that.

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
        .when_matched()
        .update(|(u, p)| u.name.set(p.title))
        .when_matched_and(|(u, _)| u.age.lt(18))
        .delete();
}

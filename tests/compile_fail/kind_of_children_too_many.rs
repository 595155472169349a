//! A user with nine kinds of children.

use orm::prelude::*;

#[derive(Model)]
#[orm(table = "users")]
struct User {
    #[orm(primary_key, generated)]
    id: i64,
    #[orm(unique)]
    email: String,
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
    let user = NewUser { email: "ann@example.org".into() };
    let post = |user: &User, title: &str| NewPost { author_id: user.id, title: title.into() };
    let eight = User::insert(user)
        .with(["1"], post)
        .with(["2"], post)
        .with(["3"], post)
        .with(["4"], post)
        .with(["5"], post)
        .with(["6"], post)
        .with(["7"], post)
        .with(["8"], post);
    let _insert = eight.with(["9"], post);
}

//! A new user with posts, inserted as a user without.

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
    let user = user.with(["a"], |user, title| NewPost { author_id: user.id, title: title.into() });
    let _insert = User::insert(user);
}

//! A new user with a post that does not say whose it is.

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
    let _insert = User::insert(user).with(["a"], |_, title| NewPost { title: title.into() });
}

//! A post as it was read, to be stored under a new user.

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
    let stored = |posts: Vec<Post>| User::insert(user).with(posts, |_, post| post);
    let _stored = stored;
}

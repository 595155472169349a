//! A post that does not say whose it is.

use orm_derive::Model;

#[derive(Model)]
#[orm(table = "users", has_one(post: Post))]
struct User {
    #[orm(primary_key, generated)]
    id: i64,
}

#[derive(Model)]
#[orm(table = "posts")]
struct Post {
    #[orm(primary_key, generated)]
    id: i64,
    author_id: i64,
}

fn main() {
    let user: fn(UserFields) = |u| drop(u.id);
    let find = <User as orm::TableModel>::FIND;
    drop((user, find));
}

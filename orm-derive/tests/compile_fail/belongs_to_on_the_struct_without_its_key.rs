//! A key of several fields that does not say which.

use orm_derive::Model;

#[derive(Model)]
#[orm(table = "users")]
struct User {
    #[orm(primary_key, generated)]
    id: i64,
}

#[derive(Model)]
#[orm(table = "posts", belongs_to(author: User))]
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

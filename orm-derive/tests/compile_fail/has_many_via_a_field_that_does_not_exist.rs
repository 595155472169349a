//! A misspelt key.

use orm_derive::Model;

#[derive(Model)]
#[orm(table = "users", has_many(posts: Post, via = autor_id))]
struct User {
    #[orm(primary_key, generated)]
    id: i64,
}

#[derive(Model)]
#[orm(table = "posts")]
struct Post {
    #[orm(primary_key, generated)]
    id: i64,
    #[orm(belongs_to(author: User))]
    author_id: i64,
}

fn main() {
    let user: fn(UserFields) = |u| drop(u.id);
    let find = <User as orm::TableModel>::FIND;
    drop((user, find));
}

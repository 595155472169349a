//! Rows of a plain struct.

use orm_derive::Model;

#[derive(Model)]
#[orm(table = "users", has_many(posts: Post))]
struct User {
    #[orm(primary_key, generated)]
    id: i64,
}

struct Post;

fn main() {
    let user: fn(UserFields) = |u| drop(u.id);
    let find = <User as orm::TableModel>::FIND;
    drop((user, find));
}

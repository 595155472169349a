//! The posts of an author, by the wrong key.

use orm::prelude::*;

#[derive(DbType, Clone, Copy)]
struct UserId(i64);

#[derive(DbType, Clone, Copy)]
struct PostId(i64);

#[derive(Model)]
#[orm(table = "posts")]
struct Post {
    #[orm(primary_key)]
    id: PostId,
    author_id: UserId,
}

fn main() {
    let author = UserId(7);
    let _posts = Post::query().filter(|p| p.id.eq(author));
}

//! Users with their posts of long titles, by a function that other queries use.

use orm::prelude::*;

#[derive(Model)]
#[orm(table = "users", has_many(posts: Post, via = author_id))]
struct User {
    #[orm(primary_key, generated)]
    id: i64,
    name: String,
}

#[derive(Model)]
#[orm(table = "posts")]
struct Post {
    #[orm(primary_key, generated)]
    id: i64,
    #[orm(belongs_to(author: User))]
    author_id: i64,
    #[orm(belongs_to(editor: User))]
    editor_id: Option<i64>,
    title: String,
}

fn long(p: PostFields) -> Expr<bool> {
    p.title.length().gt(20)
}

fn main() {
    let _rows = User::query()
        .left_join(|u| Post::query().on(|p| p.author_id.eq(u.id)))
        .filter(|(_, p)| long(p));
}

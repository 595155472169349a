//! Publish all posts; the status is an enum.

use orm::prelude::*;

#[derive(DbEnum, Clone, Copy)]
enum Status {
    Draft,
    Published,
}

#[derive(Model)]
#[orm(table = "posts")]
struct Post {
    #[orm(primary_key, generated)]
    id: i64,
    title: String,
    status: Status,
}

fn main() {
    let _update = Post::query().all_rows().update(|p| p.status.set("published"));
}

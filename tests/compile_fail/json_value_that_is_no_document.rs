//! A document with a number at a path.

use orm::prelude::*;

#[derive(Model)]
#[orm(table = "posts")]
struct Post {
    #[orm(primary_key, generated)]
    id: i64,
    title: String,
    tags: Vec<String>,
    scores: Vec<i32>,
    seats: orm::Range<i32>,
    places: orm::Range<i64>,
    search: orm::TsVector,
    meta: Json<Vec<String>>,
    address: std::net::IpAddr,
}

fn main() {
    let _update = Post::query().all_rows().update(|p| p.meta.set(p.meta.set_path(["size"], 5)));
}

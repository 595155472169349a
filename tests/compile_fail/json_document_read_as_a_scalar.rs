//! The tags of a document as a list.

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
    let _tags = Post::query().select(|p| p.meta.get("tags").json_as::<Vec<String>>());
}

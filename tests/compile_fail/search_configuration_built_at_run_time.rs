//! Posts that match words in the language of the user.

use orm::prelude::*;
use orm::plainto_tsquery;

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
    let language = String::from("english");
    let _found = Post::query().filter(|p| p.search.matches(plainto_tsquery(language, "cat")));
}

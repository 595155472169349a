//! A new draft; the status is an enum.

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
    let _new = NewPost { title: "Hello".into(), status: String::from("draft") };
}

// A whole model as a field, without `nested`.
#[path = "../values/model.rs"]
mod model;

use orm_derive::Row;

#[derive(Row)]
struct Ranked {
    rank: i64,
    user: model::User,
}

fn main() {}

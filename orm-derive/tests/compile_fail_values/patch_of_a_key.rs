// A patch that would change the primary key.
#[path = "../values/model.rs"]
mod model;

use model::User;
use orm::Change;
use orm_derive::Patch;

#[derive(Patch)]
#[orm(of = User)]
struct Renumber {
    id: Change<i64>,
}

fn main() {}

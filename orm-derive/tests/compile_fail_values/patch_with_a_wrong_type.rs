// A patch whose field has another type than the column.
#[path = "../values/model.rs"]
mod model;

use model::User;
use orm::Change;
use orm_derive::Patch;

#[derive(Patch)]
#[orm(of = User)]
struct Rename {
    name: Change<i32>,
}

fn main() {}

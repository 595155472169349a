// A patch of a column that the model does not have.
#[path = "../values/model.rs"]
mod model;

use model::User;
use orm::Change;
use orm_derive::Patch;

#[derive(Patch)]
#[orm(of = User)]
struct Rename {
    nam: Change<String>,
}

fn main() {}

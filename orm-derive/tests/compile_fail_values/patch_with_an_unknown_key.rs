// A patch that calls the model by another key.
use orm::Change;
use orm_derive::Patch;

#[derive(Patch)]
#[orm(model = User)]
struct Rename {
    name: Change<String>,
}

fn main() {}

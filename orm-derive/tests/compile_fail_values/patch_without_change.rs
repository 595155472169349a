// A patch of plain types: which columns would it leave alone?
#[path = "../values/model.rs"]
mod model;

use model::User;
use orm::Patch;
use orm_derive::Patch;

#[derive(Patch)]
#[orm(of = User)]
struct Rename {
    name: Option<String>,
}

fn main() {
    let fields = orm::Fields::at(orm::__private::source());
    Rename { name: None }.assignments(fields);
}

// A form with a field that is no column of the model.
#[path = "../values/model.rs"]
mod model;

use model::User;
use orm_derive::Insert;

#[derive(Insert)]
#[orm(of = User)]
struct SignUp {
    name: String,
    nickname: Option<String>,
    password: String,
}

fn main() {}

// A field that is computed elsewhere, with the key misspelt.
#[path = "../values/model.rs"]
mod model;

use model::User;
use orm_derive::Insert;

#[derive(Insert)]
#[orm(of = User)]
struct SignUp {
    name: String,
    nickname: Option<String>,
    #[orm(skipp)]
    password: String,
}

fn main() {}

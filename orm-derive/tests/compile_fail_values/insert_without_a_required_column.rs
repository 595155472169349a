// A form without the nickname, which a `NewUser` must have.
#[path = "../values/model.rs"]
mod model;

use model::User;
use orm_derive::Insert;

#[derive(Insert)]
#[orm(of = User)]
struct SignUp {
    name: String,
}

fn main() {}

// A form whose name may be absent, but the column's may not.
#[path = "../values/model.rs"]
mod model;

use model::User;
use orm_derive::Insert;

#[derive(Insert)]
#[orm(of = User)]
struct SignUp {
    name: Option<String>,
    nickname: Option<String>,
}

fn main() {}

//! A new user without an age.

use orm_derive::Model;

#[derive(Model)]
#[orm(table = "users")]
struct User {
    #[orm(primary_key, generated)]
    id: i64,
    age: i32,
}

fn main() {
    let new = NewUser {};
    drop(new);
}

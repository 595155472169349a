//! A column with a slip of the finger.

use orm_derive::Model;

#[derive(Model)]
#[orm(table = "users")]
struct User {
    #[orm(primary_key, generated)]
    id: i64,
    age: i32,
}

fn main() {
    let read = |u: UserFields| u.agee;
    drop(read);
}

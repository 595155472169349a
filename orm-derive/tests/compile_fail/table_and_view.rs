//! A view over a table, with the names of both.

use orm_derive::Model;

#[derive(Model)]
#[orm(table = "users", view = "adults")]
struct User {
    #[orm(primary_key, generated)]
    id: i64,
    age: i32,
}

fn main() {
    drop(<User as orm::Model>::TABLE);
}

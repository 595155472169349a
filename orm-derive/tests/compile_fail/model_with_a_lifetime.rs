//! A model that borrows.

use orm_derive::Model;

#[derive(Model)]
#[orm(table = "users")]
struct User<'a> {
    #[orm(primary_key)]
    id: i64,
    name: &'a str,
}

fn main() {}

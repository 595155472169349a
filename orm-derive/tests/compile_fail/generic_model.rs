//! One struct for several tables.

use orm_derive::Model;

#[derive(Model)]
#[orm(table = "users")]
struct User<T> {
    #[orm(primary_key)]
    id: T,
}

fn main() {}

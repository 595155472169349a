//! A view with a key.

use orm_derive::Model;

#[derive(Model)]
#[orm(view = "adults")]
struct Adult {
    #[orm(primary_key)]
    id: i64,
}

fn main() {
    drop(<Adult as orm::Model>::TABLE);
}

//! A view whose key the database makes.

use orm_derive::Model;

#[derive(Model)]
#[orm(view = "adults")]
struct Adult {
    #[orm(generated)]
    id: i64,
}

fn main() {
    drop(<Adult as orm::Model>::TABLE);
}

//! A new row of a view.

use orm_derive::Model;

#[derive(Model)]
#[orm(view = "adults")]
struct Adult {
    id: i64,
}

fn main() {
    drop(<Adult as orm::TableModel>::FIND);
}

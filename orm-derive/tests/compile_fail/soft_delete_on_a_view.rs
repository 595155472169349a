//! A view whose rows are marked as deleted.

use orm_derive::Model;

#[derive(Model)]
#[orm(view = "adults")]
struct Adult {
    id: i64,
    #[orm(soft_delete)]
    deleted_at: Option<String>,
}

fn main() {
    drop(<Adult as orm::Model>::TABLE);
}

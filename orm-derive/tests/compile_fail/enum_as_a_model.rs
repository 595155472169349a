//! An enum as a model.

use orm_derive::Model;

#[derive(Model)]
#[orm(table = "users")]
enum User {
    Admin,
    Guest,
}

fn main() {
    drop(<User as orm::TableModel>::FIND);
    drop((User::Admin, User::Guest));
}

//! A struct whose columns come later.

use orm_derive::Model;

#[derive(Model)]
#[orm(table = "users")]
struct User;

fn main() {
    drop(<User as orm::TableModel>::FIND);
}

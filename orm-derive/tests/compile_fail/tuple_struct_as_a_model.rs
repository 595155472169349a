//! A tuple struct as a model.

use orm_derive::Model;

#[derive(Model)]
#[orm(table = "users")]
struct User(i64, String);

fn main() {
    drop(<User as orm::TableModel>::FIND);
}

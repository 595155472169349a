//! A key that lacks a column.

use orm_derive::Model;

#[derive(Model)]
#[orm(table = "users", belongs_to(supply: Supply, key(part_id)))]
struct User {
    #[orm(primary_key, generated)]
    id: i64,
    part_id: i64,
}

#[derive(Model)]
#[orm(table = "supplies", primary_key(part_id, supplier_id))]
struct Supply {
    part_id: i64,
    supplier_id: i32,
}

fn main() {
    let user: fn(UserFields) = |u| drop(u.id);
    let find = <User as orm::TableModel>::FIND;
    drop((user, find));
}

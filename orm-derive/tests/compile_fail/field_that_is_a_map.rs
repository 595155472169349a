//! Settings by name.

use orm_derive::Model;
use std::collections::HashMap;

#[derive(Model)]
#[orm(table = "users")]
struct User {
    #[orm(primary_key, generated)]
    id: i64,
    age: HashMap<String, String>,
}

fn main() {
    let user: fn(UserFields) = |u| drop((u.id, u.age));
    let new = <NewUser as orm::IntoInsert<User>>::into_row;
    let find = <User as orm::TableModel>::FIND;
    drop((user, new, find));
}

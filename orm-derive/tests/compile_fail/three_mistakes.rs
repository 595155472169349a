//! Three mistakes: three errors, each at its place.

use orm_derive::Model;

#[derive(Model)]
#[orm(table = "users", index(agee))]
struct User {
    #[orm(primary_key, generated)]
    id: i64,
    #[orm(column = "x", colum = "y")]
    age: u32,
    #[orm(defualt = "1")]
    rank: i32,
}

fn main() {
    let user: fn(UserFields) = |u| drop((u.id, u.age));
    let new = <NewUser as orm::IntoInsert<User>>::into_row;
    let find = <User as orm::TableModel>::FIND;
    drop((user, new, find));
}

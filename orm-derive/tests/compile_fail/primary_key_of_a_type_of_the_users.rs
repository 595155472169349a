//! A key of a newtype that is not derived for columns.

use orm_derive::Model;

#[derive(Model)]
#[orm(table = "users")]
struct User {
    #[orm(primary_key)]
    id: UserId,
    age: i32,
}

#[derive(Clone)]
struct UserId(i64);

fn main() {
    let user: fn(UserFields) = |u| drop((u.id, u.age));
    let new = <NewUser as orm::IntoInsert<User>>::into_row;
    let find = <User as orm::TableModel>::FIND;
    drop((user, new, find));
}

//! A foreign key that is set to NULL but cannot be.

use orm_derive::Model;

#[derive(Model)]
#[orm(table = "teams")]
struct Team {
    #[orm(primary_key)]
    id: i64,
}

#[derive(Model)]
#[orm(table = "users")]
struct User {
    #[orm(primary_key, generated)]
    id: i64,
    age: i32,
    #[orm(belongs_to(team: Team), on_delete = set_null)]
    team_id: i64,
}

fn main() {
    let user: fn(UserFields) = |u| drop((u.id, u.age));
    let new = <NewUser as orm::IntoInsert<User>>::into_row;
    let find = <User as orm::TableModel>::FIND;
    drop((user, new, find));
}

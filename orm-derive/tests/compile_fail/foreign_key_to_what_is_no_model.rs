//! A foreign key to a plain struct.

use orm_derive::Model;

struct Team;

#[derive(Model)]
#[orm(table = "users")]
struct User {
    #[orm(primary_key, generated)]
    id: i64,
    age: i32,
    #[orm(belongs_to(team: Team))]
    team_id: i64,
}

fn main() {
    let user: fn(UserFields) = |u| drop((u.id, u.age));
    let new = <NewUser as orm::IntoInsert<User>>::into_row;
    let find = <User as orm::TableModel>::FIND;
    drop((user, new, find));
}

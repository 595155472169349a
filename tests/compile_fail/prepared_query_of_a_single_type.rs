//! Users by a list of ids, prepared once.

use orm::prelude::*;

#[derive(Model)]
#[orm(table = "users")]
struct User {
    #[orm(primary_key, generated)]
    id: i64,
    #[orm(unique)]
    email: String,
    name: String,
    age: i32,
    nickname: Option<String>,
}

static BY_IDS: orm::Prepared<Vec<i64>, orm::Query<User>> =
    orm::Prepared::new(|(ids,)| User::query().filter(|u| u.id.in_(ids)));

fn main() {
    let _ = &BY_IDS;
}

//! Inserts a user, or updates the one who is younger: without the comparison.

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

fn main() {
    let new = NewUser { email: "ann@example.org".into(), name: "Ann".into(), age: 42, nickname: None };
    let _upsert = User::insert(new).on_conflict(|key| key.email).filter(|stored, _| stored.age).update(|u, new| u.age.set(new.age));
}

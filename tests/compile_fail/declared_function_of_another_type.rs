//! Users whose age resembles a text.

use orm::prelude::*;

orm::sql_function! {
    /// `similarity(a, b)` of pg_trgm.
    fn similarity(a: String, b: String) -> f32;
}

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
    let _found = User::query().filter(|u| similarity(u.age, "ann").gt(0.3));
}

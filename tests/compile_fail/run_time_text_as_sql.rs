//! A default whose SQL is put together when the program runs.

use orm::prelude::*;

#[derive(Model)]
#[orm(table = "users")]
struct User {
    #[orm(primary_key, generated)]
    id: i64,
    email: String,
    #[orm(default = format!("'{}'", std::env::var("REGION").unwrap()))]
    region: String,
}

fn main() {
    let _users = User::query();
}

//! A new pupil; they are a view.

use orm::prelude::*;

#[derive(Model)]
#[orm(view = "pupils")]
struct Pupil {
    id: i64,
    name: String,
}

async fn run(db: &Database) {
    let _insert = Pupil::insert(Pupil { id: 1, name: "Ann".into() });
}

fn main() {}

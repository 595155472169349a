//! Bring the pupils up to date: a plain view always is.

use orm::prelude::*;

#[derive(Model)]
#[orm(view = "pupils")]
struct Pupil {
    id: i64,
    name: String,
}

async fn run(db: &Database) {
    let _done = Pupil::refresh(db).await;
}

fn main() {}

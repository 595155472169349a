//! The pupil 7; views have no key.

use orm::prelude::*;

#[derive(Model)]
#[orm(view = "pupils")]
struct Pupil {
    id: i64,
    name: String,
}

async fn run(db: &Database) {
    let _pupil = Pupil::find(7).first(db).await;
}

fn main() {}

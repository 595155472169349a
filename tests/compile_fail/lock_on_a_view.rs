//! Lock pupils; they are a view.

use orm::prelude::*;

#[derive(Model)]
#[orm(view = "pupils")]
struct Pupil {
    id: i64,
    name: String,
}

async fn run(db: &Database) {
    let _pupils = Pupil::query().for_update().all(db).await;
}

fn main() {}

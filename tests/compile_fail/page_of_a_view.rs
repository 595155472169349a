//! A page of pupils: pages need a key.

use orm::prelude::*;

#[derive(Model)]
#[orm(view = "pupils")]
struct Pupil {
    id: i64,
    name: String,
}

async fn run(db: &Database) {
    let _page = Pupil::query().page(20, None, db).await;
}

fn main() {}

//! Store a changed pupil; they are a view.

use orm::prelude::*;

#[derive(Model)]
#[orm(view = "pupils")]
struct Pupil {
    id: i64,
    name: String,
}

async fn run(db: &Database, mut pupil: Pupil) {
    pupil.name = "Ann".into();
    let _pupil = pupil.update(db).await;
}

fn main() {}

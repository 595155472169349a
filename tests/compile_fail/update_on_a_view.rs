//! Rename pupils; they are a view.

use orm::prelude::*;

#[derive(Model)]
#[orm(view = "pupils")]
struct Pupil {
    id: i64,
    name: String,
}

fn main() {
    let _update = Pupil::query().all_rows().update(|p| p.name.set("Ann"));
}

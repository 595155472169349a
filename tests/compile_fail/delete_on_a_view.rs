//! Delete pupils; they are a view.

use orm::prelude::*;

#[derive(Model)]
#[orm(view = "pupils")]
struct Pupil {
    id: i64,
    name: String,
}

fn main() {
    let _delete = Pupil::query().all_rows().delete();
}

// A selection that forgets a field of the row.
#[path = "../values/model.rs"]
mod model;

use orm_derive::Row;

#[derive(Row)]
struct Names {
    name: String,
    nickname: Option<String>,
}

fn main() {
    model::Query.select(|u| NamesExpr { name: u.name });
}

// A nullable column, selected into a field that is no `Option`.
#[path = "../values/model.rs"]
mod model;

use orm_derive::Row;

#[derive(Row)]
struct Names {
    name: String,
    nickname: String,
}

fn main() {
    model::Query.select(|u| NamesExpr {
        name: u.name,
        nickname: u.nickname,
    });
}

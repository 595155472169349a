// A row without names for its columns.
use orm_derive::Row;

#[derive(Row)]
struct NameAge(String, i32);

fn row() -> impl orm::FromRow {
    NameAge(String::new(), 0)
}

fn main() {}

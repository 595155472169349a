// A composite of any type.
use orm_derive::DbType;

#[derive(DbType)]
struct Pair<T> {
    left: T,
    right: T,
}

fn column() -> impl orm::DbType {
    Pair { left: 1, right: 2 }
}

fn main() {}

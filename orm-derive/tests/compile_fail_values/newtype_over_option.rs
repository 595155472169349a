// A newtype that may be NULL.
use orm_derive::DbType;

#[derive(DbType)]
struct Nickname(Option<String>);

fn column() -> impl orm::DbType {
    Nickname(None)
}

fn main() {}

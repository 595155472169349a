// A composite with a field that PostgreSQL has no type for.
use orm_derive::DbType;

struct Metres(f64);

#[derive(DbType)]
struct Size {
    width: Metres,
    height: f64,
}

fn main() {}

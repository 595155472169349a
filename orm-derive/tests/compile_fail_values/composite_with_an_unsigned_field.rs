// An unsigned integer in a composite.
use orm_derive::DbType;

#[derive(DbType)]
struct Size {
    width: u32,
    height: f64,
}

fn main() {}

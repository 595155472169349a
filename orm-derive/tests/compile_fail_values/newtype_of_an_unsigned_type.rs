// An unsigned integer behind a newtype.
use orm_derive::DbType;

#[derive(DbType)]
struct Port(u16);

fn main() {}

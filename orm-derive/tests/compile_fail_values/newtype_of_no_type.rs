// A newtype of what PostgreSQL has no type for.
use orm_derive::DbType;

#[derive(DbType)]
struct Port(u16);

fn main() {}

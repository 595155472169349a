// A newtype of what PostgreSQL has no type for.
use orm_derive::DbType;

#[derive(DbType)]
struct Started(std::time::Instant);

fn main() {}

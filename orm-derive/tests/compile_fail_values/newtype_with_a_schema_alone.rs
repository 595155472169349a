// A newtype with the schema of a type that it does not name.
use orm_derive::DbType;

#[derive(DbType)]
#[orm(schema = "shop")]
struct UserId(i64);

fn main() {}

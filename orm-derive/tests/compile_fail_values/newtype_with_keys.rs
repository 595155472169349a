// A newtype with a name in the database, which it does not have.
use orm_derive::DbType;

#[derive(DbType)]
#[orm(name = "user_id")]
struct UserId(i64);

fn main() {}

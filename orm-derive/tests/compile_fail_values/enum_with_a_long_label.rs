// A label that PostgreSQL would refuse.
use orm_derive::DbEnum;

#[derive(DbEnum)]
enum Status {
    #[orm(rename = "a label of sixty-four bytes, which is one byte more than it may have")]
    Draft,
}

fn main() {}

// A label of no letters.
use orm_derive::DbEnum;

#[derive(DbEnum)]
enum Status {
    #[orm(rename = "")]
    Draft,
}

fn main() {}

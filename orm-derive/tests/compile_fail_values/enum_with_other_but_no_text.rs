// A variant for unknown labels that cannot keep them.
use orm_derive::DbEnum;

#[derive(DbEnum)]
enum Status {
    Draft,
    #[orm(other)]
    Unknown,
}

fn main() {}

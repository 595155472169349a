// Two variants that would both keep unknown labels.
use orm_derive::DbEnum;

#[derive(DbEnum)]
enum Status {
    Draft,
    #[orm(other)]
    Unknown(String),
    #[orm(other)]
    Newer(String),
}

fn main() {}

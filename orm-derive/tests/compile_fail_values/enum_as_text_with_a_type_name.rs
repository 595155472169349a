// An enum stored as text, which has no type of its own.
use orm_derive::DbEnum;

#[derive(DbEnum)]
#[orm(text, name = "status")]
enum Status {
    Draft,
}

fn main() {}

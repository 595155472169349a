// An enum with a type parameter.
use orm_derive::DbEnum;

#[derive(DbEnum)]
enum Status<T> {
    Draft,
    Held(T),
}

fn main() {}

// An enum that carries data in a variant.
use orm_derive::DbEnum;

#[derive(DbEnum)]
enum Status {
    Draft,
    Scheduled(i64),
}

fn column() -> impl orm::DbType {
    Status::Draft
}

fn main() {}

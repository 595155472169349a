// An enum of nothing.
use orm_derive::DbEnum;

#[derive(DbEnum)]
enum Status {}

fn main() {}

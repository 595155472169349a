// A case as another crate calls it.
use orm_derive::DbEnum;

#[derive(DbEnum)]
#[orm(rename_all = "snakecase")]
enum Status {
    Draft,
}

fn main() {}

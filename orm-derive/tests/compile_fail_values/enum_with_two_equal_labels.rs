// Two variants under one label.
use orm_derive::DbEnum;

#[derive(DbEnum)]
enum Status {
    Draft,
    #[orm(rename = "draft")]
    Scheduled,
}

fn main() {}

// A limit is a number of statements.
#[orm_derive::test(at_most = "five")]
async fn it_is_short(db: Database) {}

fn main() {}

// A test that takes no database.
#[orm_derive::test]
async fn inserts() {}

fn main() {}

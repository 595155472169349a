// A test without `async`.
#[orm_derive::test]
fn inserts(db: Database) {
    db.begin().await;
}

struct Database;

impl Database {
    async fn begin(&self) {}
}

fn main() {}

// A test that wants more than its database.
#[orm_derive::test]
async fn inserts(db: Database, other: Database) {
    let _ = (db, other);
}

struct Database;

fn main() {}

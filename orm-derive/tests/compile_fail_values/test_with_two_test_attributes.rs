// A test marked twice.
#[orm_derive::test]
#[test]
async fn inserts(db: Database) {
    let _ = db;
}

struct Database;

fn main() {}

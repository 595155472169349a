// A test with a misspelt setup.
#[orm_derive::test(set_up = seed)]
async fn inserts(db: Database) {
    let _ = db;
}

struct Database;

fn main() {}

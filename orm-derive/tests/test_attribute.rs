//! `#[orm::test]`: what it hands to `orm_embedded`. This binary stands in for the crates that it names.

extern crate self as orm;
extern crate self as orm_embedded;

#[path = "values/embedded.rs"]
mod embedded;

pub use embedded::{Database, SET_UP, run_test, run_test_with_setup};

mod fixtures {
    pub(super) async fn blog(db: crate::Database) -> Result<(), std::io::Error> {
        assert_eq!(db.url, "postgres://template");
        Ok(())
    }
}

/// Documented, so that attributes are kept.
#[orm_derive::test]
async fn a_test_gets_a_database(db: Database) {
    assert_eq!(db.url, "postgres://fresh");
}

#[orm_derive::test]
async fn a_test_may_return_a_result(Database { url }: Database) -> Result<(), std::num::ParseIntError> {
    let number: i32 = url.len().to_string().parse()?;
    assert_eq!(number, 16);
    Ok(())
}

#[orm_derive::test]
#[should_panic(expected = "as it should")]
async fn a_panic_comes_through(mut db: Database) {
    db.url.clear();
    panic!("as it should");
}

#[orm_derive::test]
#[ignore = "it would fail"]
async fn an_ignored_test_is_not_run(_db: Database) {
    panic!("it ran");
}

#[orm_derive::test(setup = fixtures::blog)]
async fn a_setup_prepares_a_template_under_its_name(db: Database) {
    assert_eq!(db.url, "postgres://fresh");
    let keys = SET_UP.lock().expect("no test panics while it holds this");
    assert_eq!(*keys, ["test_attribute::fixtures::blog"]);
}

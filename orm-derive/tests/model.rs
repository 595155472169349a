//! What `#[derive(Model)]` writes: metadata, SQL, rows in and out.

#[path = "model/inserts.rs"]
mod inserts;
#[path = "model/names.rs"]
mod names;
#[path = "model/relations.rs"]
mod relations;
#[path = "model/rows.rs"]
mod rows;
#[path = "model/shop.rs"]
mod shop;
#[path = "model/tables.rs"]
mod tables;

/// Every mistake gives one error, at its own token, that says what to do.
#[test]
fn mistakes_are_explained_where_they_are_made() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/compile_fail/*.rs");
    cases.pass("tests/compile_pass/*.rs");
}

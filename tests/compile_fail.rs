//! What a user reads after a mistake. Each file of `compile_fail` is named for the mistake and opens with what was wanted;
//! its `.stderr` is the whole message. `docs/compile-errors.md` is the catalogue. (Mistakes of the derives' attributes are
//! in `orm-derive/tests/compile_fail`.)

#[test]
fn mistakes_are_explained_where_they_are_made() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}

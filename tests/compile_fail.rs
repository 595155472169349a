//! What a user reads after a mistake. Each file of `compile_fail` is named for the mistake and opens with what was wanted;
//! its `.stderr` is the whole message. `docs/compile-errors.md` is the catalogue. (Mistakes of the derives' attributes are
//! in `orm-derive/tests/compile_fail`.)

#[test]
fn mistakes_are_explained_where_they_are_made() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}

/// The catalogue has a paragraph on each mistake, and quotes what the compiler says now.
#[test]
fn the_catalogue_names_every_mistake_and_its_message() {
    let catalogue = include_str!("../docs/compile-errors.md");
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/compile_fail");
    let mut missing = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "stderr") {
            continue;
        }
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let message = std::fs::read_to_string(&path).unwrap();
        let first = message.lines().next().unwrap();
        let words = first.split_once(": ").unwrap().1.replace("`orm::", "`");
        if !catalogue.contains(&format!("compile_fail/{name}.rs")) || !catalogue.contains(&words) {
            missing.push(name);
        }
    }
    assert!(missing.is_empty(), "not in docs/compile-errors.md: {missing:?}");
}

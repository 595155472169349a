//! Names in the database: what PostgreSQL allows, and what it would call keys and indexes itself.

use std::collections::HashSet;

use syn::LitStr;

use crate::attributes::Errors;

/// PostgreSQL cuts longer names off (NAMEDATALEN - 1), so two of them could become one.
const LONGEST: usize = 63;

/// A name from a literal, with an error if PostgreSQL cannot keep it as it is.
pub(super) fn literal(name: &LitStr, what: &str, errors: &mut Errors) -> String {
    let text = name.value();
    if let Some(problem) = problem(&text) {
        errors.at(name.span(), format!("the name of {what} {problem}"));
    }
    text
}

/// The name of a table or view: without its schema, which is a key of its own.
pub(super) fn relation(name: &LitStr, what: &str, errors: &mut Errors) -> String {
    let text = literal(name, what, errors);
    if let Some((schema, rest)) = text.split_once('.') {
        let key = what.trim_start_matches("the ");
        errors.at(
            name.span(),
            format!("the name of {what} holds a dot; write `schema = \"{schema}\", {key} = \"{rest}\"`"),
        );
    }
    text
}

/// Why PostgreSQL cannot keep this name as it is.
pub(super) fn problem(name: &str) -> Option<String> {
    if name.is_empty() {
        return Some("is empty".to_owned());
    }
    if name.contains('\0') {
        return Some("holds a NUL character".to_owned());
    }
    (name.len() > LONGEST).then(|| {
        let bytes = name.len();
        format!("has {bytes} bytes, but PostgreSQL's names have at most {LONGEST}; shorten it")
    })
}

/// The names of one table's constraints and indexes.
#[derive(Default)]
pub(super) struct Names(HashSet<String>);

impl Names {
    /// Takes a name that the user gave.
    pub(super) fn given(&mut self, name: &LitStr, what: &str, errors: &mut Errors) {
        let text = literal(name, what, errors);
        if !self.0.insert(text.clone()) {
            errors.at(
                name.span(),
                format!("another constraint or index of this model is called \"{text}\""),
            );
        }
    }

    /// Makes a name as PostgreSQL does: the parts and the suffix, with a number if it is taken.
    pub(super) fn make(&mut self, parts: &[&str], suffix: &str) -> String {
        let stem = parts.join("_");
        let mut name = shorten(&stem, suffix);
        let mut number = 1;
        while !self.0.insert(name.clone()) {
            name = shorten(&stem, &format!("{suffix}{number}"));
            number += 1;
        }
        name
    }
}

/// `stem_suffix`; if that is too long, the stem is cut and a hash of it keeps the name apart from others.
fn shorten(stem: &str, suffix: &str) -> String {
    let name = format!("{stem}_{suffix}");
    if name.len() <= LONGEST {
        return name;
    }
    let tail = format!("_{:08x}_{suffix}", hash(stem));
    let mut end = LONGEST.saturating_sub(tail.len()).min(stem.len());
    while !stem.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{tail}", &stem[..end])
}

/// FNV-1a: it must give the same name for ever, which the standard library's hash does not promise.
fn hash(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_is_cut_at_a_character_and_stays_apart_from_others() {
        let stem = "ü".repeat(40);
        let name = shorten(&stem, "key");
        assert!(name.len() <= LONGEST && name.ends_with("_key"), "{name}");
        assert_ne!(name, shorten(&"ü".repeat(41), "key"));
    }

    #[test]
    fn a_name_that_is_taken_gets_a_number() {
        let mut names = Names::default();
        assert_eq!(names.make(&["users", "age"], "check"), "users_age_check");
        assert_eq!(names.make(&["users", "age"], "check"), "users_age_check1");
        assert_eq!(names.make(&["users", "age"], "check"), "users_age_check2");
    }
}

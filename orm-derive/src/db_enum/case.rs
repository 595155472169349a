//! `rename_all`: the labels of an enum from the names of its variants.

/// How the label of a variant is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Case {
    Snake,
    Lower,
    Upper,
    Kebab,
    ScreamingSnake,
    Pascal,
    Camel,
}

impl Case {
    /// Every case under the name that `rename_all` takes, which shows what it does.
    pub(crate) const ALL: [(&'static str, Case); 7] = [
        ("snake_case", Case::Snake),
        ("lowercase", Case::Lower),
        ("UPPERCASE", Case::Upper),
        ("kebab-case", Case::Kebab),
        ("SCREAMING_SNAKE_CASE", Case::ScreamingSnake),
        ("PascalCase", Case::Pascal),
        ("camelCase", Case::Camel),
    ];

    /// The case with this name.
    pub(crate) fn named(name: &str) -> Option<Case> {
        Self::ALL
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, case)| *case)
    }

    /// A Rust name in this case.
    pub(crate) fn apply(self, name: &str) -> String {
        let words = words(name);
        let lower = || words.iter().map(|word| word.to_lowercase()).collect::<Vec<_>>();
        match self {
            Case::Snake => lower().join("_"),
            Case::Kebab => lower().join("-"),
            Case::Lower => lower().concat(),
            Case::Upper => lower().concat().to_uppercase(),
            Case::ScreamingSnake => lower().join("_").to_uppercase(),
            Case::Pascal => lower().iter().map(|word| capitalized(word)).collect(),
            Case::Camel => {
                let pascal = Case::Pascal.apply(name);
                let mut letters = pascal.chars();
                letters
                    .next()
                    .map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
            }
        }
    }
}

/// The words of a Rust name: `HTTPError2` is `HTTP`, `Error2`.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for part in name.split('_').filter(|part| !part.is_empty()) {
        let letters: Vec<char> = part.chars().collect();
        let mut word = String::new();
        for (index, &letter) in letters.iter().enumerate() {
            let after_lower = index > 0 && !letters[index - 1].is_uppercase();
            let before_lower = letters.get(index + 1).is_some_and(|next| next.is_lowercase());
            if letter.is_uppercase() && !word.is_empty() && (after_lower || before_lower) {
                words.push(std::mem::take(&mut word));
            }
            word.push(letter);
        }
        words.push(word);
    }
    words
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::{Case, words};

    #[test]
    fn words_end_before_capitals_but_keep_acronyms_and_digits() {
        assert_eq!(words("InReview"), ["In", "Review"]);
        assert_eq!(words("HTTPError2"), ["HTTP", "Error2"]);
        assert_eq!(words("author_id"), ["author", "id"]);
        assert_eq!(words("A"), ["A"]);
    }

    #[test]
    fn each_case_looks_like_its_name() {
        let written: Vec<String> = Case::ALL.iter().map(|(_, case)| case.apply("SnakeCase")).collect();
        assert_eq!(
            written,
            [
                "snake_case",
                "snakecase",
                "SNAKECASE",
                "snake-case",
                "SNAKE_CASE",
                "SnakeCase",
                "snakeCase"
            ]
        );
    }
}

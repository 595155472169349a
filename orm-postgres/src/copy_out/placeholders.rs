//! Where a text has its parameters.
//!
//! COPY takes none, so each is replaced by a reading of a setting that holds its value. What is put in is a constant of
//! ours and never a value: a place that is found wrongly gives an error of syntax, not other SQL.

/// Replaces each `$n` outside of literals, quoted names and comments by what `replacement(n)` appends.
pub(super) fn replace(text: &str, mut replacement: impl FnMut(usize, &mut String)) -> String {
    let mut out = String::with_capacity(text.len() + 64);
    let mut rest = text;
    let mut in_word = false;
    while let Some(first) = rest.chars().next() {
        let length = match skipped(rest, in_word) {
            0 => first.len_utf8(),
            length => length,
        };
        let (piece, after) = rest.split_at(length);
        match piece.strip_prefix('$').filter(|_| !in_word).map(str::parse::<usize>) {
            Some(Ok(number)) => replacement(number, &mut out),
            _ => out.push_str(piece),
        }
        in_word = length == first.len_utf8() && (first.is_alphanumeric() || first == '_' || (in_word && first == '$'));
        rest = after;
    }
    out
}

/// The length of the literal, quoted name, comment or parameter that `text` begins with; 0 if it is none of them.
fn skipped(text: &str, in_word: bool) -> usize {
    let bytes = text.as_bytes();
    match (bytes[0], bytes.get(1)) {
        (b'\'', _) => quoted(bytes, 1, b'\'', false),
        (b'"', _) => quoted(bytes, 1, b'"', false),
        (b'e' | b'E', Some(b'\'')) if !in_word => quoted(bytes, 2, b'\'', true),
        (b'-', Some(b'-')) => text.find('\n').unwrap_or(text.len()),
        (b'/', Some(b'*')) => comment(bytes),
        (b'$', Some(b'0'..=b'9')) if !in_word => 1 + bytes[1..].iter().take_while(|byte| byte.is_ascii_digit()).count(),
        (b'$', _) if !in_word => dollar_quoted(text),
        _ => 0,
    }
}

fn quoted(bytes: &[u8], from: usize, quote: u8, escapes: bool) -> usize {
    let mut at = from;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if escapes => at += 1,
            byte if byte == quote => return at + 1, // A doubled one begins the next.
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

/// `/* … */`, which nests.
fn comment(bytes: &[u8]) -> usize {
    let (mut at, mut depth) = (0, 0);
    while at < bytes.len() {
        match bytes.get(at..at + 2) {
            Some(b"/*") => (at, depth) = (at + 2, depth + 1),
            Some(b"*/") => (at, depth) = (at + 2, depth - 1),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    bytes.len()
}

/// `$tag$ … $tag$`
fn dollar_quoted(text: &str) -> usize {
    let Some(end) = text[1..].find('$') else { return 0 };
    let tag = &text[..end + 2];
    let named = &tag[1..tag.len() - 1];
    if named.starts_with(|c: char| c.is_ascii_digit()) || !named.chars().all(|c| c.is_alphanumeric() || c == '_') {
        return 0;
    }
    match text[tag.len()..].find(tag) {
        Some(length) => tag.len() + length + tag.len(),
        None => text.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replaced(text: &str) -> String {
        replace(text, |number, out| out.push_str(&format!("<{number}>")))
    }

    #[test]
    fn parameters_are_replaced_and_nothing_else() {
        for (text, expected) in [
            (
                "SELECT $1, $22::int8 FROM t WHERE a=$3",
                "SELECT <1>, <22>::int8 FROM t WHERE a=<3>",
            ),
            ("$1$2", "<1><2>"),
            ("'$1' || 'it''s $1' || $1", "'$1' || 'it''s $1' || <1>"),
            (r"E'\'$1' || $1", r"E'\'$1' || <1>"),
            (r"e'\\' || $1", r"e'\\' || <1>"),
            (r"'\' || $1", r"'\' || <1>"),
            (r#""a$1" = $1 AND "q""$1" = $2"#, r#""a$1" = <1> AND "q""$1" = <2>"#),
            ("a$1 = $1", "a$1 = <1>"),
            ("name'$1'", "name'$1'"),
            ("$$ $1 $$ || $1", "$$ $1 $$ || <1>"),
            ("$x$ $1 $$ $x$ || $1", "$x$ $1 $$ $x$ || <1>"),
            ("1 -- $1\n+ $1", "1 -- $1\n+ <1>"),
            ("1 /* $1 /* $2 */ $1 */ + $1", "1 /* $1 /* $2 */ $1 */ + <1>"),
            ("'ä$1' || ä$1 || $1", "'ä$1' || ä$1 || <1>"),
            ("'never ends $1", "'never ends $1"),
            ("/* never ends $1", "/* never ends $1"),
            ("", ""),
        ] {
            assert_eq!(replaced(text), expected, "{text}");
        }
    }
}

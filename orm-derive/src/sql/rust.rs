//! The end of a capture: the brace that closes it, and not one in an expression's own braces, texts or comments.

/// Behind the `}` of the capture whose expression begins at `at`.
pub(super) fn end_of_capture(text: &str, at: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut here, mut depth) = (at, 0_usize);
    while here < bytes.len() {
        match bytes[here] {
            b'}' if depth == 0 => return Some(here + 1),
            b'{' => depth += 1,
            b'}' => depth -= 1,
            b'"' => {
                here = end_of_text(bytes, here)?;
                continue;
            }
            b'\'' => {
                here = end_of_char(text, here)?;
                continue;
            }
            _ => {}
        }
        here += 1;
    }
    None
}

/// Behind the closing quotation mark of the text that opens here.
fn end_of_text(bytes: &[u8], open: usize) -> Option<usize> {
    let hashes = bytes[..open].iter().rev().take_while(|byte| **byte == b'#').count();
    if bytes[..open - hashes].ends_with(b"r") {
        let close: Vec<u8> = std::iter::once(b'"').chain(std::iter::repeat_n(b'#', hashes)).collect();
        let length = bytes[open + 1..].windows(close.len()).position(|part| part == close)?;
        return Some(open + 1 + length + close.len());
    }
    let mut here = open + 1;
    loop {
        match bytes.get(here)? {
            b'\\' => here += 2,
            b'"' => return Some(here + 1),
            _ => here += 1,
        }
    }
}

/// Behind the character that opens here, or behind the quotation mark of a lifetime or a loop's label.
fn end_of_char(text: &str, open: usize) -> Option<usize> {
    let rest = &text[open + 1..];
    let mut chars = rest.char_indices();
    if chars.next()?.1 == '\\' {
        chars.next();
        let (length, _) = chars.find(|(_, char)| *char == '\'')?;
        return Some(open + 1 + length + 1);
    }
    match chars.next() {
        Some((length, '\'')) => Some(open + 1 + length + 1),
        _ => Some(open + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::end_of_capture;

    #[test]
    fn a_capture_ends_at_its_own_brace() {
        for (text, capture) in [
            ("a} b}", "a}"),
            ("a}}}", "a}"),
            ("if a { 1 } else { 2 }} }", "if a { 1 } else { 2 }}"),
            ("map[\"}\"]} }", "map[\"}\"]}"),
            ("f(\"\\\"}\")} }", "f(\"\\\"}\")}"),
            ("r#\"}\"\"#} }", "r#\"}\"\"#}"),
            ("r\"\\\"} }", "r\"\\\"}"),
            ("f('}', '{', '\\'', '\\u{7d}')} }", "f('}', '{', '\\'', '\\u{7d}')}"),
            ("x as Y<'a>} }", "x as Y<'a>}"),
            ("'ß'} }", "'ß'}"),
        ] {
            assert_eq!(end_of_capture(text, 0), Some(capture.len()), "{text}");
        }
        for text in ["", "a", "{}", "\"}", "'", "r#\"}\"}"] {
            assert_eq!(end_of_capture(text, 0), None, "{text}");
        }
    }
}

//! The one place where names are quoted, and the few texts of the program's own that stand in SQL.

/// Appends a name in double quotes. Always quoted, so that reserved words, mixed case and names of future versions of
/// PostgreSQL are right.
pub fn quote(out: &mut String, name: &str) {
    out.push('"');
    for part in name.split_inclusive('"') {
        out.push_str(part);
        if part.ends_with('"') {
            out.push('"');
        }
    }
    out.push('"');
}

/// Appends `"schema"."name"`, or `"name"` without a schema.
pub fn quote_qualified(out: &mut String, schema: Option<&str>, name: &str) {
    if let Some(schema) = schema {
        quote(out, schema);
        out.push('.');
    }
    quote(out, name);
}

/// Appends a text of the program's own as a constant. A backslash would mean something else where the server has
/// `standard_conforming_strings` off, so it is written in the form that means the same everywhere.
pub(crate) fn quote_literal(out: &mut String, text: &str) {
    out.push_str(if text.contains('\\') { "E'" } else { "'" });
    out.push_str(&text.replace('\\', "\\\\").replace('\'', "''"));
    out.push('\'');
}

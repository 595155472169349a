//! The one place where names are quoted.

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

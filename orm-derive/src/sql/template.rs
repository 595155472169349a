//! SQL text with captures, taken apart and checked as far as its tokens tell.

use std::ops::Range;

use super::lexer::{Kind, LexError, Token, tokens};

/// What a text is meant to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// One whole statement.
    Statement,
    /// One expression.
    Expression,
}

/// A part of the text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Sql(String),
    /// The Rust expression between the braces, and whether an index or a field of its value is taken: `{list}[1]`.
    Capture(String, bool),
}

/// A text that was taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Template {
    pub(crate) parts: Vec<Part>,
    /// The command in capitals; empty for an expression.
    pub(crate) operation: String,
    /// Whether it needs no parentheses as a part of something else: a name, a literal, a call.
    pub(crate) is_atom: bool,
}

/// What is wrong, and with which part of the text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) message: String,
    pub(crate) at: Range<usize>,
}

impl Problem {
    pub(crate) fn new(message: impl Into<String>, at: Range<usize>) -> Self {
        let message = message.into();
        Self { message, at }
    }
}

impl From<LexError> for Problem {
    fn from(LexError { problem, at }: LexError) -> Self {
        Self::new(problem, at)
    }
}

impl Template {
    pub(crate) fn parse(text: &str, form: Form) -> Result<Self, Problem> {
        if let Some(at) = text.find('\0') {
            return Err(Problem::new("SQL text cannot hold the character NUL", 0..at));
        }
        let tokens = tokens(text)?;
        for (index, token) in tokens.iter().enumerate() {
            check_braces(text, token)?;
            check_neighbours(text, &tokens, index)?;
        }
        let tokens = trim(text, &tokens, form);
        let checked = Checked { text, tokens };
        checked.brackets(form)?;
        let operation = match form {
            Form::Statement => checked.operation()?,
            Form::Expression => checked.expression()?,
        };
        Ok(Self {
            parts: checked.parts(),
            operation,
            is_atom: checked.is_atom(),
        })
    }
}

/// Without white space at both ends, a comment that runs to the end, and the semicolon of a statement.
fn trim<'t>(text: &str, mut tokens: &'t [Token], form: Form) -> &'t [Token] {
    let mut semicolon = form == Form::Statement;
    while let [Token { kind: Kind::Space, .. }, rest @ ..] = tokens {
        tokens = rest;
    }
    while let [rest @ .., last] = tokens {
        match last.kind {
            Kind::Space => {}
            Kind::Comment if text[last.at.clone()].starts_with("--") => {}
            Kind::Semicolon if semicolon => semicolon = false,
            _ => break,
        }
        tokens = rest;
    }
    tokens
}

/// Refuses captures where no parameter can stand.
fn check_braces(text: &str, token: &Token) -> Result<(), Problem> {
    let part = &text[token.at.clone()];
    if token.kind == Kind::Parameter {
        return Err(Problem::new(
            "parameters are numbered by the macro; write the value itself, in braces: `{value}`",
            token.at.clone(),
        ));
    }
    let place = match token.kind {
        Kind::String => "a string literal",
        Kind::Name => "a quoted name",
        Kind::DollarQuote => "a dollar quote",
        Kind::Comment => "a comment",
        _ => return Ok(()),
    };
    let Some(brace) = single_brace(part) else {
        return Ok(());
    };
    let message = if !is_capture(&part[brace..]) {
        format!("a brace inside of {place} is written twice: `{{{{` or `}}}}`")
    } else if token.kind == Kind::String {
        format!(
            "a parameter inside of a string literal is never replaced; write it outside: `{}`",
            outside(part).unwrap_or_else(|| "'%' || {name} || '%'".to_owned())
        )
    } else if token.kind == Kind::Name {
        "a parameter is a value and never a name; write the name into the text, or use the typed query for a column that is \
         chosen at run time"
            .to_owned()
    } else {
        format!("a parameter inside of {place} is never replaced; write it outside")
    };
    Err(Problem::new(message, token.at.clone()))
}

/// The first brace that is not doubled.
fn single_brace(part: &str) -> Option<usize> {
    let mut rest = part.char_indices().peekable();
    while let Some((at, char)) = rest.next() {
        if matches!(char, '{' | '}') && rest.next_if(|(_, next)| *next == char).is_none() {
            return Some(at);
        }
    }
    None
}

/// Whether it looks like `{name}` or `{user.id}`, and not like a brace of JSON or of an array.
fn is_capture(part: &str) -> bool {
    let inside = part.strip_prefix('{').and_then(|rest| rest.split_once('}'));
    let is_name = |name: &str| {
        !name.starts_with(|char: char| char.is_ascii_digit())
            && name.chars().all(|char| char.is_alphanumeric() || char == '_')
    };
    inside.is_some_and(|(inside, _)| {
        !inside.is_empty() && inside.split('.').all(|name| !name.is_empty() && is_name(name))
    })
}

/// `'%{name}%'` as `'%' || {name} || '%'`, for a literal of the simple form.
fn outside(literal: &str) -> Option<String> {
    let mut rest = literal.strip_prefix('\'')?.strip_suffix('\'')?;
    let mut parts = Vec::new();
    while let Some(open) = rest.find('{') {
        let length = rest[open..].find('}')?;
        if !is_capture(&rest[open..]) {
            return None;
        }
        if open > 0 {
            parts.push(format!("'{}'", &rest[..open]));
        }
        parts.push(rest[open..=open + length].to_owned());
        rest = &rest[open + length + 1..];
    }
    if !rest.is_empty() {
        parts.push(format!("'{rest}'"));
    }
    Some(parts.join(" || "))
}

/// Refuses a capture that would run into what stands beside it: `user_{id}` would become the name `user_$1`.
fn check_neighbours(text: &str, tokens: &[Token], index: usize) -> Result<(), Problem> {
    let token = &tokens[index];
    if token.kind != Kind::Capture {
        return Ok(());
    }
    if text[token.at.start + 1..token.at.end - 1].trim().is_empty() {
        return Err(Problem::new(
            "these braces capture nothing; write a value between them: `{value}`",
            token.at.clone(),
        ));
    }
    let joins = |token: &&Token| {
        matches!(
            token.kind,
            Kind::Word | Kind::Number | Kind::Capture | Kind::DollarQuote
        )
    };
    let before = index.checked_sub(1).map(|before| &tokens[before]).filter(joins);
    let after = tokens.get(index + 1).filter(joins);
    let Some(neighbour) = before.or(after) else {
        return Ok(());
    };
    let at = token.at.start.min(neighbour.at.start)..token.at.end.max(neighbour.at.end);
    let message = if neighbour.kind == Kind::Word {
        "a parameter is a value and never a part of a name; write a space between them, or the whole name into the text"
    } else {
        "a parameter stands alone; write a space or an operator beside it"
    };
    Err(Problem::new(message, at))
}

/// Tokens of which each is fine by itself.
struct Checked<'a> {
    text: &'a str,
    tokens: &'a [Token],
}

impl Checked<'_> {
    fn text(&self, token: &Token) -> &str {
        &self.text[token.at.clone()]
    }

    /// What is neither space nor comment.
    fn words(&self) -> impl Iterator<Item = &Token> {
        let spaces = [Kind::Space, Kind::Comment];
        self.tokens.iter().filter(move |token| !spaces.contains(&token.kind))
    }

    /// Parentheses and brackets are closed in order; outside of them there is no semicolon, and in an expression no comma.
    fn brackets(&self, form: Form) -> Result<(), Problem> {
        let mut open: Vec<&Token> = Vec::new();
        for token in self.words() {
            let problem = match token.kind {
                Kind::Open => {
                    open.push(token);
                    continue;
                }
                Kind::Close => match open.pop().map(|open| self.text(open)) {
                    Some("(") if self.text(token) == ")" => continue,
                    Some("[") if self.text(token) == "]" => continue,
                    _ => "this closes nothing",
                },
                Kind::Semicolon if form == Form::Expression => "an expression holds no `;`",
                Kind::Semicolon if open.is_empty() => {
                    "one `sql!` is one statement; write one for each, or run texts without values by `db.batch(…)`"
                }
                Kind::Comma if form == Form::Expression && open.is_empty() => {
                    "`sql_expr!` is one expression; write one for each"
                }
                _ => continue,
            };
            return Err(Problem::new(problem, token.at.start..self.text.len()));
        }
        match open.pop() {
            Some(token) => Err(Problem::new("this is never closed", token.at.start..self.text.len())),
            None => Ok(()),
        }
    }

    /// The command of a statement, in capitals. A WITH that only reads is a SELECT.
    fn operation(&self) -> Result<String, Problem> {
        let mut words = self.words().filter(|token| token.kind != Kind::Open);
        let Some(first) = words.next() else {
            return Err(Problem::new("there is no statement", 0..self.text.len()));
        };
        if first.kind != Kind::Word {
            return Err(Problem::new(
                "a statement begins with its command: SELECT, INSERT, UPDATE …",
                first.at.clone(),
            ));
        }
        let operation = self.text(first).to_ascii_uppercase();
        let mut keywords = words
            .filter(|token| token.kind == Kind::Word)
            .map(|token| self.text(token));
        let problem = match &*operation {
            "WITH" => {
                let writes =
                    |word: &str| ["insert", "update", "delete", "merge"].contains(&&*word.to_ascii_lowercase());
                let reads = !keywords.any(writes);
                return Ok(if reads { "SELECT".to_owned() } else { operation });
            }
            "BEGIN" | "START" | "COMMIT" | "END" | "ROLLBACK" | "ABORT" | "SAVEPOINT" | "RELEASE" => {
                "transactions are begun and ended by `db.transaction(…)` or `db.begin()`, which know their connection"
            }
            "COPY" if keywords.any(|word| ["stdin", "stdout"].contains(&&*word.to_ascii_lowercase())) => {
                "`sql!` gives and takes no COPY data; `Model::insert_many(rows)` uses COPY by itself"
            }
            _ => return Ok(operation),
        };
        Err(Problem::new(problem, first.at.clone()))
    }

    fn expression(&self) -> Result<String, Problem> {
        match self.words().next() {
            Some(_) => Ok(String::new()),
            None => Err(Problem::new("there is no expression", 0..self.text.len())),
        }
    }

    /// Whether it is one token, a name with dots, a call, or stands in parentheses as a whole.
    fn is_atom(&self) -> bool {
        let mut depth = 0_usize;
        let mut groups = 0;
        let mut last = None;
        for token in self.words() {
            match token.kind {
                Kind::Open if self.text(token) == "[" => return false,
                Kind::Open => {
                    groups += usize::from(depth == 0);
                    depth += 1;
                    // `f(…)` or `(…)`, and nothing behind it.
                    if groups > 1 {
                        return false;
                    }
                }
                Kind::Close => depth -= 1,
                _ if depth > 0 => {}
                _ if groups > 0 => return false,
                Kind::Symbol if self.text(token) == "." && matches!(last, Some(Kind::Word | Kind::Name)) => {}
                Kind::Word | Kind::Name | Kind::String | Kind::Number | Kind::DollarQuote | Kind::Capture
                    if matches!(last, None | Some(Kind::Symbol)) => {}
                _ => return false,
            }
            last = Some(token.kind);
        }
        // `NOT (…)` looks like a call.
        let first = self.words().next().map(|first| self.text(first));
        groups == 0 || !first.is_some_and(|first| first.eq_ignore_ascii_case("not"))
    }

    fn parts(&self) -> Vec<Part> {
        let mut parts = Vec::new();
        let mut sql = String::new();
        for (index, token) in self.tokens.iter().enumerate() {
            let text = self.text(token);
            match token.kind {
                Kind::Capture => {
                    parts.push(Part::Sql(std::mem::take(&mut sql)));
                    let mut rest = self.tokens[index + 1..].iter();
                    let next = rest.find(|token| !matches!(token.kind, Kind::Space | Kind::Comment));
                    let indexed = next.is_some_and(|next| matches!(self.text(next), "[" | "."));
                    parts.push(Part::Capture(text[1..text.len() - 1].trim().to_owned(), indexed));
                }
                Kind::DoubledBrace | Kind::String | Kind::Name | Kind::DollarQuote | Kind::Comment => {
                    sql.push_str(&text.replace("{{", "{").replace("}}", "}"));
                }
                _ => sql.push_str(text),
            }
        }
        parts.push(Part::Sql(sql));
        parts
    }
}

//! The part of a document that matches, for people to read.

use super::SearchLanguage;
use crate::expr::{Expr, Lift, Mode, Operand};
use crate::sql::{Level, Node};
use crate::types::TsQuery;

/// How [`ts_headline`] writes: what is not said is PostgreSQL's default.
#[derive(Debug, Clone, Default)]
pub struct Headline {
    options: String,
}

impl Headline {
    /// PostgreSQL's defaults: one piece of 15 to 35 words, matches in `<b>` and `</b>`.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// `StartSel`, `StopSel`: what stands before and behind each match.
    #[must_use]
    pub fn marks(self, before: &str, behind: &str) -> Self {
        self.option("StartSel", before).option("StopSel", behind)
    }

    /// `MinWords`, `MaxWords`: the shortest and the longest headline. The server refuses (22023) a longest one that is no
    /// longer than the shortest.
    #[must_use]
    pub fn words(self, min: u16, max: u16) -> Self {
        self.option("MinWords", &min.to_string())
            .option("MaxWords", &max.to_string())
    }

    /// `ShortWord`: words up to this length are left out at the ends of a headline.
    #[must_use]
    pub fn short_word(self, length: u16) -> Self {
        self.option("ShortWord", &length.to_string())
    }

    /// `MaxFragments`, `FragmentDelimiter`: up to this many pieces of the document, with a text between them.
    #[must_use]
    pub fn fragments(self, most: u16, delimiter: &str) -> Self {
        self.option("MaxFragments", &most.to_string())
            .option("FragmentDelimiter", delimiter)
    }

    /// `HighlightAll`: the whole document, with its matches marked.
    #[must_use]
    pub fn whole(self) -> Self {
        self.option("HighlightAll", "true")
    }

    fn option(mut self, name: &str, value: &str) -> Self {
        if !self.options.is_empty() {
            self.options.push_str(", ");
        }
        self.options.push_str(name);
        self.options.push_str("=\"");
        self.options.push_str(&value.replace('"', "\"\""));
        self.options.push('"');
        self
    }
}

/// `ts_headline(config, document, query, options)`: the part of a document that matches, with the matches marked.
///
/// The document is parsed again for each row, so select it of the rows of one page only. **The document's own text is not
/// escaped**: what is to be shown as HTML must be clean before.
pub fn ts_headline<C, D, Q>(config: C, document: D, query: Q, options: &Headline) -> Lift<Read<C, D, Q>, String>
where
    C: SearchLanguage,
    D: Operand<String>,
    Q: Operand<TsQuery>,
{
    let args = [
        config.into_config(),
        document.into_operand(),
        query.into_operand(),
        Operand::<String>::into_operand(options.options.as_str()),
    ];
    Expr::new(Node::sql(&["ts_headline(", ", ", ", ", ", ", ")"], Level::Atom, args))
}

type Read<C, D, Q> = <<<C as SearchLanguage>::Mode as Mode>::Or<<D as Operand<String>>::Mode> as Mode>::Or<
    <Q as Operand<TsQuery>>::Mode,
>;

//! Vectors and queries made of text.

use super::SearchLanguage;
use crate::expr::{Expr, Lift, Mode, Operand};
use crate::sql::{Level, Node};
use crate::types::{TsQuery, TsVector};

/// The mode of a function of a configuration and a text.
type Made<C, D> = <<C as SearchLanguage>::Mode as Mode>::Or<<D as Operand<String>>::Mode>;

/// `to_tsvector(config, document)`: a document as a vector of lexemes, with stop words left out.
pub fn to_tsvector<C: SearchLanguage, D: Operand<String>>(config: C, document: D) -> Lift<Made<C, D>, TsVector> {
    let args = [config.into_config(), document.into_operand()];
    Expr::new(Node::sql(&["to_tsvector(", ", ", ")"], Level::Atom, args))
}

/// `plainto_tsquery(config, text)`: all words of a text, joined by `&`. Takes any text, and never fails for what it says.
pub fn plainto_tsquery<C: SearchLanguage, D: Operand<String>>(config: C, text: D) -> Lift<Made<C, D>, TsQuery> {
    let args = [config.into_config(), text.into_operand()];
    Expr::new(Node::sql(&["plainto_tsquery(", ", ", ")"], Level::Atom, args))
}

/// `phraseto_tsquery(config, text)`: all words of a text, one right after the other (`<->`). Takes any text, and never fails for
/// what it says.
pub fn phraseto_tsquery<C: SearchLanguage, D: Operand<String>>(config: C, text: D) -> Lift<Made<C, D>, TsQuery> {
    let args = [config.into_config(), text.into_operand()];
    Expr::new(Node::sql(&["phraseto_tsquery(", ", ", ")"], Level::Atom, args))
}

/// `websearch_to_tsquery(config, text)`: what people write into a search box: `"a phrase"`, `or`, `-without`. Takes any text, and
/// never fails for what it says.
pub fn websearch_to_tsquery<C: SearchLanguage, D: Operand<String>>(config: C, text: D) -> Lift<Made<C, D>, TsQuery> {
    let args = [config.into_config(), text.into_operand()];
    Expr::new(Node::sql(&["websearch_to_tsquery(", ", ", ")"], Level::Atom, args))
}

/// `to_tsquery(config, text)`: a query in the syntax of `tsquery`: `fat & (cat | rat:*)`. What cannot be parsed is the server's error
/// 42601, so not for what users write.
pub fn to_tsquery<C: SearchLanguage, D: Operand<String>>(config: C, text: D) -> Lift<Made<C, D>, TsQuery> {
    let args = [config.into_config(), text.into_operand()];
    Expr::new(Node::sql(&["to_tsquery(", ", ", ")"], Level::Atom, args))
}

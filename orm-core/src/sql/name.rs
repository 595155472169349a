//! Names that are part of the text, where no column or table is meant.

use super::Writer;
use super::quote::quote_literal;
use crate::expr::SearchConfig;
use crate::types::PgType;

/// A name of something in the database that the program's text fixes.
#[derive(Debug, Clone, Copy)]
pub enum Name {
    /// A type's, as a cast or a constructor has it.
    Type(&'static PgType),
    /// A column's type as its model declares it.
    Declared(&'static str),
    /// A text search configuration's, as a constant: `'english'::regconfig`.
    SearchConfig(SearchConfig),
}

impl Writer {
    pub(super) fn fixed_name(&mut self, name: Name) {
        match name {
            Name::Type(ty) => self.push(&ty.to_string()),
            Name::Declared(ty) => self.push(ty),
            Name::SearchConfig(config) => {
                let mut name = String::new();
                config.write(&mut name);
                let mut literal = String::new();
                quote_literal(&mut literal, &name);
                self.push(&literal);
                self.push("::regconfig");
            }
        }
    }
}

//! Reading: queries, expressions, pages, streams, types through models, views, names, and what creates tables.

mod clauses;
mod conditions;
mod containers;
mod dates;
mod design;
mod numbers;
mod pages;
mod people;
mod random;
mod terminals;
mod texts;
mod types;

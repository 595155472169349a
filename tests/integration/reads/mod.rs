//! Reading: queries, expressions, pages, streams, types through models, views, names, and what creates tables.

mod clauses;
mod conditions;
mod containers;
mod dates;
mod design;
mod names;
mod schema;
mod terminals;
mod views;
mod types;
mod numbers;
mod pages;
mod people;
mod random;
mod texts;

//! Reading: queries, expressions, pages, streams, types through models, views, names, and what creates tables.

mod containers;
mod dates;
mod clauses;
mod design;
mod names;
mod schema;
mod terminals;
mod views;
mod types;
mod numbers;
mod texts;
mod pages;
mod people;
mod random;
mod conditions;

//! Reading: queries, expressions, pages, streams, types through models, views, names, and what creates tables.

mod clauses;
mod conditions;
mod containers;
mod dates;
mod declared;
mod design;
mod effects;
mod joins;
mod names;

mod nested;
mod number_functions;
mod numbers;
mod pages;
mod people;
mod prepared;
mod random;
mod relations;
mod schema;
mod subqueries;
mod terminals;
mod text_functions;
mod texts;
mod time_functions;
mod types;
mod views;

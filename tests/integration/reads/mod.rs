//! Reading: queries, expressions, pages, streams, types through models, views, names, and what creates tables.

mod containers;
mod dates;
mod clauses;
mod design;
mod terminals;
mod numbers;
mod texts;
mod people;
mod conditions;

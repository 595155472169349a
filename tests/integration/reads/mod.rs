//! Reading: queries, expressions, pages, streams, types through models, views, names, and what creates tables.

mod design;
mod people;
mod conditions;

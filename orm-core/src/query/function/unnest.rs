//! The elements of an array, and the parts of a text, as rows.

use super::TableFunction;
use crate::expr::{ArrayOf, Base, ElementOf, Expression, Mode, OfOneRow, Operand};
use crate::query::InScope;

/// `unnest(array)`: the elements of an array, in order, `Option`s where they may be NULL; none of NULL. For their positions say
/// [`with_ordinality`](TableFunction::with_ordinality).
pub fn unnest<E: Expression>(array: E) -> TableFunction<ElementOf<E>>
where
    Base<E>: ArrayOf,
    ElementOf<E>: InScope,
    E::Phase: OfOneRow,
{
    TableFunction::built_in("unnest", [array.into_node()])
}

/// `regexp_split_to_table(text, pattern)`: the parts of a text between the matches of a regular expression; none of NULL.
pub fn regexp_split_to_table<V, P>(text: V, pattern: P) -> TableFunction<String>
where
    V: Operand<String>,
    P: Operand<String>,
    <V::Mode as Mode>::Phase: OfOneRow,
    <P::Mode as Mode>::Phase: OfOneRow,
{
    TableFunction::built_in("regexp_split_to_table", [text.into_operand(), pattern.into_operand()])
}

/// `string_to_table(text, delimiter)`: the parts of a text between delimiters; none of NULL. PostgreSQL 14 and later.
pub fn string_to_table<V, D>(text: V, delimiter: D) -> TableFunction<String>
where
    V: Operand<String>,
    D: Operand<String>,
    <V::Mode as Mode>::Phase: OfOneRow,
    <D::Mode as Mode>::Phase: OfOneRow,
{
    TableFunction::built_in("string_to_table", [text.into_operand(), delimiter.into_operand()])
}

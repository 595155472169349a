//! jsonb documents as rows (*JSON Processing Functions*).

use serde_json::Value as JsonValue;

use super::{TableFunction, name_columns};
use crate::expr::{Base, Expression, Jsonb, OfOneRow};
use crate::query::InScope;

/// `jsonb_array_elements(json)`: the elements of an array; none of NULL. Of what is no array the server's error 22023.
pub fn jsonb_array_elements<E: Expression>(json: E) -> TableFunction<JsonValue>
where
    Base<E>: Jsonb,
    E::Phase: OfOneRow,
{
    TableFunction::built_in("jsonb_array_elements", [json.into_node()])
}

/// `jsonb_array_elements_text(json)`: the elements of an array as texts, JSON's `null` as NULL. Of what is no array the
/// server's error 22023.
pub fn jsonb_array_elements_text<E: Expression>(json: E) -> TableFunction<Option<String>>
where
    Base<E>: Jsonb,
    E::Phase: OfOneRow,
{
    TableFunction::built_in("jsonb_array_elements_text", [json.into_node()])
}

/// `jsonb_each(json)`: the keys and values of an object; none of NULL. Of what is no object the server's error 22023.
pub fn jsonb_each<E: Expression>(json: E) -> TableFunction<(String, JsonValue)>
where
    Base<E>: Jsonb,
    E::Phase: OfOneRow,
{
    TableFunction::built_in("jsonb_each", [json.into_node()])
}

/// `jsonb_each_text(json)`: the keys and values of an object, the values as texts, JSON's `null` as NULL. Of what is no
/// object the server's error 22023.
pub fn jsonb_each_text<E: Expression>(json: E) -> TableFunction<(String, Option<String>)>
where
    Base<E>: Jsonb,
    E::Phase: OfOneRow,
{
    TableFunction::built_in("jsonb_each_text", [json.into_node()])
}

/// `jsonb_to_recordset(json)`: an array of objects as rows, with the members of these names as columns of `R`'s types. A
/// member that is missing is NULL, so all columns are `Option`s. A member that does not fit its type is the server's error
/// (class 22).
///
/// `jsonb_to_recordset::<(i64, String), _>(o.items, ["id", "name"])`
pub fn jsonb_to_recordset<R: InScope, E: Expression>(
    json: E,
    names: impl AsRef<[&'static str]>,
) -> TableFunction<R::Nullable>
where
    Base<E>: Jsonb,
    E::Phase: OfOneRow,
{
    let mut function = TableFunction::<R::Nullable>::built_in("jsonb_to_recordset", [json.into_node()]);
    function.call.typed = true;
    name_columns(&mut function.call, names.as_ref());
    function
}

//! Aggregates that gather the values of a group in one: arrays, texts, JSON.

use super::types::Joined;
use crate::expr::{Aggregate, Base, Expr, Expression, InAggregate, Mode, Operand};
use crate::query::{Group, InScope, InScopeOf};
use crate::types::Element;

impl<R: InScope, K: Clone, V> Group<R, K, V> {
    /// `array_agg(value)`: all values, also those that are NULL: a `Vec<T>`, or of nullable values a `Vec<Option<T>>`. NULL
    /// of no rows. In no particular order, unless `order_by` stands before it.
    pub fn array_agg<E: Expression<Type: Element>>(
        &self,
        value: impl FnOnce(InScopeOf<R>) -> E,
    ) -> Expr<Option<Vec<E::Type>>, Aggregate>
    where
        E::Phase: InAggregate,
    {
        self.aggregate_call("array_agg", vec![value(self.scope).into_node()])
    }

    /// `string_agg(value, separator)`: the texts (or bytes) that are not NULL, with something between them. NULL of no rows.
    /// In no particular order, unless `order_by` stands before it.
    pub fn string_agg<E: Expression, S: Operand<Base<E>>>(
        &self,
        value: impl FnOnce(InScopeOf<R>) -> E,
        separator: S,
    ) -> Expr<<Base<E> as Joined>::Gives, Aggregate>
    where
        Base<E>: Joined,
        E::Phase: InAggregate,
        <S::Mode as Mode>::Phase: InAggregate,
    {
        let args = vec![value(self.scope).into_node(), separator.into_operand()];
        self.aggregate_call("string_agg", args)
    }

    /// `jsonb_agg(value)`: a JSON array of all values, NULL as `null`. NULL itself of no rows.
    #[cfg(feature = "json")]
    pub fn jsonb_agg<E: Expression>(
        &self,
        value: impl FnOnce(InScopeOf<R>) -> E,
    ) -> Expr<Option<serde_json::Value>, Aggregate>
    where
        E::Phase: InAggregate,
    {
        self.aggregate_call("jsonb_agg", vec![value(self.scope).into_node()])
    }

    /// `jsonb_object_agg(key, value)`: a JSON object; of several values with one key it keeps the last one. NULL of no
    /// rows. The closure gives a key, which is never NULL, and a value.
    #[cfg(feature = "json")]
    pub fn jsonb_object_agg<N: Expression<Type: super::ObjectKey>, E: Expression>(
        &self,
        pair: impl FnOnce(InScopeOf<R>) -> (N, E),
    ) -> Expr<Option<serde_json::Value>, Aggregate>
    where
        N::Phase: InAggregate,
        E::Phase: InAggregate,
    {
        let (key, value) = pair(self.scope);
        self.aggregate_call("jsonb_object_agg", vec![key.into_node(), value.into_node()])
    }
}

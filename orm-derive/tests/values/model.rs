//! The model that input and rows of these tests are about.
#![allow(dead_code)]

use orm_derive::Model;

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "users")]
pub(crate) struct User {
    #[orm(primary_key, generated)]
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) nickname: Option<String>,
    #[orm(default = "18")]
    pub(crate) age: i32,
    #[orm(version)]
    pub(crate) version: i32,
}

/// A query as far as `select` needs one.
pub(crate) struct Query;

impl Query {
    pub(crate) fn select<S: orm::Select>(self, _: impl FnOnce(UserFields<orm::NotNull>) -> S) -> Option<S::Row> {
        None
    }
}

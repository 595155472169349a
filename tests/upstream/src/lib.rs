//! Models that know nothing of those that belong to them.

use orm::prelude::*;

/// Who has an account.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "accounts")]
pub struct Account {
    /// The key.
    #[orm(primary_key)]
    pub id: i64,
    /// The name.
    pub name: String,
}

//! A compile-time ORM for PostgreSQL.
//!
//! `#[derive(Model)]` on a plain struct gives typed queries, inserts and updates; what compiles is valid SQL, and what is
//! NULL, unique or generated is in the types.
//!
//! ```
//! use orm::prelude::*;
//!
//! #[derive(Model, Debug)]
//! #[orm(table = "users")]
//! struct User {
//!     #[orm(primary_key, generated)]
//!     id: i64,
//!     #[orm(unique)]
//!     email: String,
//!     age: i32,
//!     nickname: Option<String>,
//! }
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let url = orm_embedded::url()?;
//! let db = Database::connect(&url).await?;
//! orm::create_all(&[User::TABLE], &db).await?;
//!
//! let ann = User::insert(NewUser { email: "ann@example.org".into(), age: 42, nickname: None }).one(&db).await?;
//! let adults: Vec<User> = User::query()
//!     .filter(|u| u.age.ge(18) & u.nickname.is_null())
//!     .order_by(|u| u.email.asc())
//!     .limit(20)
//!     .all(&db)
//!     .await?;
//! assert_eq!(adults[0].id, ann.id);
//! # Ok(())
//! # }
//! ```
//!
//! The guide and the design are in the repository's `docs`.

pub use orm_core::*;
pub use orm_derive::{DbEnum, DbType, Insert, Model, Patch, Row, test};
pub use orm_postgres::*;

/// What almost every program needs: `use orm::prelude::*;`.
pub mod prelude {
    pub use crate::{
        ArrayFunctions, Cast, Change, Compare, Cond, Connection, Contains, Database, DbEnum, DbType, Error, ErrorKind,
        Executor, Expression, Fetch, Insert, Isolation, Model, Interval, NumberFunctions, Order, Patch, Predicates, ReadModel, Record,
        Refresh, Row, Sort, TextFunctions, TimeFunctions, TimeUnit, Transaction, Write, all_of, any_of, case, now,
        value,
    };
    #[cfg(feature = "json")]
    pub use crate::{Json, JsonFunctions};
}

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
//!
//! // What the typed queries cannot say is text; what stands in braces is a parameter.
//! let (part, least) = ("example", 18);
//! let emails: Vec<(String, i32)> = sql!("SELECT email, age FROM users WHERE age >= {least} AND email ~ {part}")
//!     .all(&db)
//!     .await?;
//! assert_eq!(emails, [(ann.email, 42)]);
//! # Ok(())
//! # }
//! ```
//!
//! The guide and the design are in the repository's `docs`.

pub use orm_core::*;
pub use orm_derive::{DbEnum, DbType, Insert, Model, Patch, Row, sql, sql_expr, test};
pub use orm_postgres::*;

/// What almost every program needs: `use orm::prelude::*;`.
///
/// Traits that only bring methods come without their names, and names that models like to have (`Order`, `Page`,
/// `Row` …) stay in the crate's root.
pub mod prelude {
    #[cfg(feature = "decimal")]
    pub use crate::DecimalFunctions as _;
    #[doc(no_inline)]
    pub use crate::{
        ArrayFunctions as _, BytesFunctions as _, Cast as _, CommonTable as _, Compare as _, Contains as _, Fetch as _,
        FloatFunctions as _, FormatFunctions as _, IntegerFunctions as _, IntervalFunctions as _, LoadOne as _,
        MapFields as _, Matches as _, NetworkFunctions as _, NumberFunctions as _, Patterns as _, Predicates as _,
        Quantified as _, RangeFunctions as _, ReadModel as _, Record as _, Refresh as _, RegexFunctions as _,
        Rowset as _, SearchQueryFunctions as _, SearchVectorFunctions as _, SetOperations as _, Sort as _,
        TextFunctions as _, TimeFields as _, TimeFunctions as _, TrigramFunctions as _, TruthTests as _, Write as _,
    };
    pub use crate::{
        Change, Cond, Database, Error, ErrorKind, Executor, Expr, Expression, Interval, IntoInsert, Isolation, Model,
        TableModel, TimeUnit, Transaction, all_of, any_of, case, exists, generate_series, not_exists, now, recursive,
        row, unnest, value, values,
    };
    #[cfg(feature = "json")]
    pub use crate::{Json, JsonChanges as _, JsonFunctions as _, JsonPathFunctions as _};
    // The derives only: what they are derived for has the same names.
    pub use orm_derive::{DbEnum, DbType, Insert, Patch, Row, sql, sql_expr};
}

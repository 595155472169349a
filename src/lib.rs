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
//! Rows with their children are inserted in one call, with one statement for each level and kind, in one transaction:
//!
//! ```
//! use orm::prelude::*;
//!
//! #[derive(Model, Debug)]
//! #[orm(table = "users")]
//! struct User {
//!     #[orm(primary_key, generated)]
//!     id: i64,
//!     name: String,
//! }
//!
//! #[derive(Model, Debug)]
//! #[orm(table = "posts")]
//! struct Post {
//!     #[orm(primary_key, generated)]
//!     id: i64,
//!     #[orm(belongs_to(author: User))]
//!     author_id: i64,
//!     title: String,
//! }
//!
//! #[derive(Model, Debug)]
//! #[orm(table = "comments")]
//! struct Comment {
//!     #[orm(primary_key, generated)]
//!     id: i64,
//!     #[orm(belongs_to(post: Post))]
//!     post_id: i64,
//!     text: String,
//! }
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let url = orm_embedded::url()?;
//! # let db = Database::connect(&url).await?;
//! # orm::create_all(&[User::TABLE, Post::TABLE, Comment::TABLE], &db).await?;
//! // A closure makes one child of the row as it was stored, whose key is a plain value, and one of the items.
//! let (ann, posts): (User, Vec<Post>) = User::insert(NewUser { name: "Ann".into() })
//!     .with(["First", "Second"], |ann, title| NewPost { author_id: ann.id, title: title.into() })
//!     .one(&db)
//!     .await?;
//! assert!(posts.len() == 2 && posts.iter().all(|post| post.author_id == ann.id));
//!
//! // Many rows, of any depth: the items of each come with it.
//! let sign_ups = vec![("Bob", vec![("Hello", vec!["Hi!", "Welcome"])]), ("Cid", vec![])];
//! let stored: Vec<(User, Vec<(Post, Vec<Comment>)>)> = User::insert_graphs(sign_ups.into_iter().map(|(name, drafts)| {
//!     NewUser { name: name.into() }.with(drafts, |user, (title, comments)| {
//!         NewPost { author_id: user.id, title: title.into() }
//!             .with(comments, |post, text| NewComment { post_id: post.id, text: text.into() })
//!     })
//! }))
//! .all(&db)
//! .await?;
//! let (hello, comments) = &stored[0].1[0];
//! assert!(comments.len() == 2 && comments.iter().all(|comment| comment.post_id == hello.id));
//! # Ok(())
//! # }
//! ```
//!
//! The guide and the design are in the repository's `docs`.

pub use orm_core::*;
pub use orm_derive::{DbEnum, DbType, Insert, Model, Patch, Row, Shape, sql, sql_expr, test};
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
        ArrayFunctions as _, BytesFunctions as _, Cast as _, CommonTable as _, Compare as _, Contains as _,
        CopyModel as _, CopyOut as _, Fetch as _, FloatFunctions as _, FormatFunctions as _, GraphRow as _,
        IntegerFunctions as _, IntervalFunctions as _, LoadShape as _, MapFields as _, Matches as _,
        NetworkFunctions as _, NumberFunctions as _, Patterns as _, Predicates as _, Quantified as _,
        RangeFunctions as _, ReadModel as _, ReadShape as _, Record as _, Refresh as _, RegexFunctions as _,
        Rowset as _, SearchQueryFunctions as _, SearchVectorFunctions as _, SetOperations as _, Sort as _,
        TextFunctions as _, TimeFields as _, TimeFunctions as _, TrigramFunctions as _, TruthTests as _, Tune as _,
        WithHidden as _, WithScope as _, Write as _,
    };
    pub use crate::{
        Change, Cond, Database, Error, ErrorKind, Executor, Expr, Expression, Interval, IntoInsert, Isolation, Model,
        TableModel, TimeUnit, Transaction, all_of, any_of, case, exists, generate_series, not_exists, now, recursive,
        row, unnest, value, values,
    };
    #[cfg(feature = "json")]
    pub use crate::{Json, JsonChanges as _, JsonFunctions as _, JsonPathFunctions as _};
    // The derives only: what they are derived for has the same names.
    pub use orm_derive::{DbEnum, DbType, Insert, Patch, Row, Shape, sql, sql_expr};
}

//! Statements in the making. One file per statement or clause.
//!
//! A builder has one type per stage, however many clauses it has, so `if let Some(name) = name { q = q.filter(…) }`
//! works; what a stage cannot do it has no method for.

mod by_key;
mod cursor;
mod delete;
mod explain;
mod fetch;
mod insert;
mod insert_many;
mod lock;
mod misplaced;
mod on_conflict;
mod page;
mod parts;
mod patch;
mod refresh;
mod select;
mod selected;
mod sql;
mod stream;
mod update;
mod write;

pub use by_key::{Find, Record};
pub use cursor::Cursor;
pub use delete::Delete;
pub use explain::Explain;
pub use fetch::Fetch;
pub use insert::Insert;
pub use insert_many::InsertMany;
pub(crate) use insert_many::Rows;
pub use lock::Locked;
#[doc(hidden)]
pub use misplaced::{FilteredLock, FilteredWrite, Mapped, WrittenSelection};
pub use on_conflict::{Conflict, InsertOrNothing};
pub use page::Page;
#[doc(hidden)]
pub use parts::Parts;
pub use patch::PatchByKey;
pub use refresh::Refresh;
pub use select::{Query, ReadModel};
pub use selected::{Distinct, Selected};
pub use sql::{ResultRow, Sql};
pub use stream::RowStream;
pub use update::Update;
pub use write::{Returning, ReturningClause, Write};

//! The heart of the `orm` crate: metadata of models, typed expressions, SQL text, and what a driver must give.
//!
//! It does no I/O: a query becomes a [`Statement`] here and is sent by an [`Executor`]. Use the `orm` crate, which
//! re-exports all of this with a driver and the derives.

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
#[cfg(feature = "check-sql")]
mod check_sql;
mod copy;
mod driver;
mod error;
mod expr;
mod load;
mod model;
mod notification;
mod options;
mod query;
mod schema;
mod scope;
mod sql;
mod statements;
mod transaction;
mod types;
pub mod window;

#[cfg(feature = "check-sql")]
pub use check_sql::check_sql;
pub use copy::{CopyCsvFrom, CopyFormat, CopyFrom, CopyModel, CopyOut, CopyRow, CopyStream};
#[doc(hidden)]
pub use copy::{Slot as CopySlot, pieces as copy_pieces};
pub use driver::{
    BoxFuture, ByteStream, Cells, Columns, CopySource, Executor, Param, ResultColumn, Row, RowSink, RowSource,
    Statement,
};
pub use error::{DatabaseError, Error, ErrorKind};
pub use expr::*;
pub use load::shape::{LoadShape, OneShape, ParamsOf, ReadShape, Shape, ShapeOf};
// Without their modules' names in errors.
#[doc(hidden)]
pub use load::shape::{
    CellValue, FieldCell, FieldSource, FillsField, GivesParams, HoldsCell, HoldsMany, HoldsPerhaps, NotMany,
    NotMissing, RelatedRow, RelatedRows, RelationToMany, ShapeField, ShapeParams,
};
#[doc(hidden)]
pub use load::{LimitOfAll, LoadedAlready, RowsAsTheyAre, SelectedLoad};
pub use load::{Load, LoadRows, ManyLoad, OneSelected, OneWith, Strategy, load};
pub use model::*;
pub use notification::{Event, Notification, check_channel, notify};
pub use options::{Options, Tune};
pub use query::*;
pub use schema::{create_all, create_all_sql, drop_all, drop_all_sql};
pub use scope::{Scope, ScopeKey, ScopeValue, Scoped, SettingValue, Settings, WithScope, scope};
pub use sql::{Node, quote, quote_qualified};
#[doc(hidden)]
pub use statements::counted_block;
pub use statements::{Recorder, SentStatement, Statements, at_most, count_statements};
pub use transaction::{
    AdvisoryKey, AfterCommitOutput, AndCommit, Isolation, Transaction, TransactionDriver, TransactionOn,
    TransactionOptions, in_transaction,
};
#[doc(hidden)]
pub use transaction::{AfterCommit, Taken};
pub use types::*;

//! Statements in the making. One file per statement or clause.
//!
//! A builder has one type per stage, however many clauses it has, so `if let Some(name) = name { q = q.filter(…) }`
//! works; what a stage cannot do it has no method for.

mod aggregates;
mod by_key;
mod cte;
mod cursor;
mod delete;
mod explain;
mod fetch;
mod from;
mod function;
mod group;
mod in_scope;
mod insert;
mod insert_graph;
mod insert_many;
mod insert_many_returning;
mod insert_select;
mod join;
mod load_stream;
mod lock;
mod many;
mod merge;
mod misplaced;
mod modification;
mod on_conflict;
mod page;
mod parts;
mod patch;
mod prepared;
mod recursive;
mod refresh;
mod select;
mod selected;
mod set;
mod sql;
mod stream;
mod subquery;
mod target;
mod update;
mod using;
mod visible_row;
mod with;
mod with_hidden;
mod write;

pub use aggregates::{Bits, Continuous, Joined, MinMax, ObjectKey, Statistical, Summable};
pub use by_key::{Find, Record};
pub use cte::{CommonTable, Cte};
pub(crate) use cte::{CteDefinition, CteId, CteSource};
pub use cursor::Cursor;
pub use delete::Delete;
pub use explain::Explain;
pub use fetch::Fetch;
pub(crate) use fetch::execute;
pub(crate) use from::{Item, Join, JoinKind, Origin};
pub use function::{
    Series, SteppedSeries, TableFunction, ValueColumn, ValueRow, generate_series, generate_series_step,
    regexp_split_to_table, string_to_table, table_function, unnest, values,
};
#[cfg(feature = "json")]
pub use function::{jsonb_array_elements, jsonb_array_elements_text, jsonb_each, jsonb_each_text, jsonb_to_recordset};
pub use group::{
    Aggregated, AllValues, DistinctValues, Group, Grouped, GroupingKeys, GroupingSet, OrderedValues, TakesAll,
    TakesOrder,
};
#[doc(hidden)]
pub use group::{AggregatesItself, FetchedGroups, FilteredGroups, GroupedSelection, WithGroups};
pub(crate) use in_scope::take;
#[doc(hidden)]
pub use in_scope::{HasRoom, NoRoom, moved_column, single_column};
pub use in_scope::{InScope, InScopeOf, Room};
pub use insert::Insert;
pub use insert_graph::{
    Children, ChildrenOf, GraphRow, InsertGraph, InsertGraphs, ModelOf, OneChild, OneChildOf, RowWithChildren, WithKind,
};
#[doc(hidden)]
pub use insert_graph::{Grow, Grown, Kind, Kinds, RoomForChildren};
pub use insert_many::InsertMany;
pub(crate) use insert_many::Rows;
pub use insert_many_returning::InsertManyReturning;
pub use insert_select::InsertSelect;
#[doc(hidden)]
pub use join::From;
pub use join::{Joinable, On, Rowset};
pub use load_stream::LoadStream;
pub use lock::{AlwaysThere, LockTarget, Lockable, Locked};
pub use many::Many;
pub(crate) use many::Pair;
pub use merge::{CanFollow, Closed, Merge, Open, WhenMatched, WhenNotMatched};
#[doc(hidden)]
pub use misplaced::{FilteredWrite, JoinedLock, JoinedSelection, Mapped, WrittenJoin, WrittenSelection};
#[doc(hidden)]
pub use misplaced::{ParentForSure, ParentOfAll};
#[doc(hidden)]
pub use modification::Modification;
#[doc(hidden)]
pub use on_conflict::Upsert;
pub use on_conflict::{Conflict, FilteredConflict, InsertOrNothing};
pub use page::Page;
#[doc(hidden)]
pub use parts::Parts;
pub(crate) use parts::{DistinctClause, GroupClause};
pub use patch::PatchByKey;
pub use prepared::{Bound, Prepared};
pub use recursive::{RecursionStep, recursive, recursive_union};
pub use refresh::Refresh;
pub use select::{Query, ReadModel};
pub use selected::{ClauseScope, Distinct, Selected};
pub use set::{SetOperand, SetOperations, SetSide};
pub use sql::{ResultRow, Sql};
pub use stream::RowStream;
pub use subquery::{OneColumn, OneElement, exists, not_exists};
pub use update::Update;
pub use using::Using;
pub use with::{And, Loading};
pub use with_hidden::WithHidden;
pub use write::{Returning, ReturningClause, Write};

//! What the code written by the derives calls. No part of the API: it changes without notice.

#[path = "private/composite.rs"]
mod composite;
#[path = "private/declare.rs"]
mod declare;
#[path = "private/insert.rs"]
mod insert;
#[path = "private/model.rs"]
mod model;
#[path = "private/row.rs"]
mod row;
#[path = "private/sql_text.rs"]
mod sql_text;

pub use crate::expr::capture::{SqlType, form};
/// How what is loaded is read.
pub mod load {
    pub use crate::load::{
        Above, Both, Cells, ChildQuery, Delivery, Finished, Items, Level, LoadNull, ManyScope, ManySlot, Maybe, OfMany,
        OnePart, Pending, Slot, one_selected, one_with,
    };
}
/// What `#[derive(Shape)]` writes and calls.
pub mod shape {
    pub use crate::load::shape::{
        Begun, Cell, CellValue, Complete, FieldCell, FieldKind, FieldSource, FillsField, Flag, GivesParams, HoldsMany,
        HoldsPerhaps, Incomplete, Loaded, Nested, NestedValue, NotMany, NotMissing, ReadFrom, RelatedRow, RelatedRows,
        RelationToMany, ShapeField, ShapeParams, ShapePart, Shaping, begin, computed, computed_with, flattened, many,
        read,
    };
    pub use crate::load::{Items, Level};
}
pub use crate::query::{HasRoom, moved_column, single_column};
pub use composite::{CompositeFields, put_composite_field};
pub use declare::{Called, Modes, Operator, call_aggregate, call_function, call_operator, is_operator};
pub use insert::{Gives, GivesOrDefault, Unused};
/// What registers each `sql!`.
#[cfg(feature = "check-sql")]
pub use inventory;
pub use model::*;
pub use row::{PartPhase, RowField, source};
#[cfg(feature = "check-sql")]
pub use sql_text::Registered;
pub use sql_text::SqlText;

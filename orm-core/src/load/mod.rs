//! Eager loading: what belongs to the rows of a query, read beside them, in one statement for each relation to many.
//!
//! The rows of one statement are a *level*. A relation to one row is joined to its level; a relation to many is a level of
//! its own, whose statement gets the keys of all rows above as arrays:
//!
//! ```text
//! SELECT …, k.n FROM unnest($1) WITH ORDINALITY AS k(c1, n) JOIN posts AS p ON p.author_id = k.c1 ORDER BY k.n, …
//! ```
//!
//! So the server says to which row above each row belongs (`n`), by its own equality: no key is compared here.

mod child_query;
mod items;
mod keys;
mod known;
mod level;
mod many;
mod many_slot;
mod misplaced;
mod one;
mod receiver;
mod run;
pub(crate) mod shape;
mod slot;

pub use child_query::ChildQuery;
pub use items::Items;
pub(crate) use known::param;
pub use known::{LoadRows, load};
pub use level::{Finished, Level};
pub(crate) use level::{Grown, Rows};
pub use many::{ManyLoad, ManyScope, OfMany, Strategy};
pub use many_slot::ManySlot;
pub use misplaced::{LimitOfAll, LoadedAlready, RowsAsTheyAre, SelectedLoad};
pub use one::{LoadNull, OnePart, OneSelected, OneWith, one_selected, one_with};
pub use run::{Above, Delivery, Pending};
pub(crate) use run::{To, run_all};
pub use slot::{Both, Cells, Maybe, Slot};

/// What `with` takes: a relation of the rows at hand, as the closure's argument gives it.
///
/// `u.posts()` is loaded as a `Vec`, `p.author()` as the model, or as an `Option` of it where there may be none.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be loaded",
    label = "expected a relation",
    note = "load a relation: `u.posts()`, `p.author()`; columns and expressions are read by `select`"
)]
pub trait Load {
    /// What each row gets.
    type Value: Send + 'static;
    /// How it is read.
    #[doc(hidden)]
    type Slot: Slot<Value = Self::Value>;
    /// Adds what it reads to the level's select list.
    #[doc(hidden)]
    fn into_slot(self, items: &mut Items) -> Self::Slot;
}

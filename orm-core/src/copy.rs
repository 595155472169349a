//! COPY: rows in and out as streams of bytes. PostgreSQL's chapter: `COPY`.

mod format;
mod from;
mod out;
mod pieces;
mod rows;
mod target;

pub use format::CopyFormat;
pub use from::{CopyCsvFrom, CopyFrom, CopyModel, CopyRow};
pub use out::{CopyOut, CopyStream};
#[doc(hidden)]
pub use pieces::{Slot, pieces};
pub(crate) use rows::CopyRows;
pub(crate) use target::CopyTarget;

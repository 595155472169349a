//! COPY: rows in and out as streams of bytes. PostgreSQL's chapter: `COPY`.

mod format;
mod from;
mod out;
mod rows;
mod target;

pub use format::CopyFormat;
pub use from::{CopyCsvFrom, CopyFrom, CopyModel, CopyRow};
pub use out::{CopyOut, CopyStream};
pub(crate) use rows::CopyRows;
pub(crate) use target::CopyTarget;

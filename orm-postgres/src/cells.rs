//! The cells of a driver's row as raw bytes: decoding is `orm_core`'s, and types were checked once per statement.

use std::error::Error;

use orm_core::Cells;
use tokio_postgres::types::{FromSql, Type};

/// A row as it came from the socket.
pub(crate) struct RowCells<'a>(pub(crate) &'a tokio_postgres::Row);

impl Cells for RowCells<'_> {
    #[inline]
    fn fill<'r>(&'r self, from: usize, out: &mut [Option<&'r [u8]>]) {
        for (offset, slot) in out.iter_mut().enumerate() {
            // Past the row's end is NULL by contract; a raw cell cannot fail otherwise.
            *slot = self
                .0
                .try_get::<_, Option<Raw<'_>>>(from + offset)
                .ok()
                .flatten()
                .map(|raw| raw.0);
        }
    }
}

/// The bytes of a cell of any type.
struct Raw<'a>(&'a [u8]);

impl<'a> FromSql<'a> for Raw<'a> {
    #[inline]
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(raw))
    }

    #[inline]
    fn accepts(_: &Type) -> bool {
        true
    }
}

//! A parameter on its way to the socket: its bytes are written as they are, but for the OIDs that only the database
//! knows.

use std::error::Error;
use std::fmt;

use bytes::BytesMut;
use orm_core::Param;
use tokio_postgres::types::{Format, IsNull, ToSql, Type};

use crate::oids;

/// A parameter that the driver can send.
pub(crate) struct Wire<'a>(pub(crate) &'a Param);

/// The type only: tokio-postgres logs parameters with Debug, and values are never logged.
impl fmt::Debug for Wire<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.ty)
    }
}

impl ToSql for Wire<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        let bytes = match &self.0.bytes {
            Ok(Some(buffer)) => buffer.as_slice(),
            Ok(None) => return Ok(IsNull::Yes),
            Err(reason) => return Err(Box::new(reason.clone())),
        };
        let start = out.len();
        out.extend_from_slice(bytes);
        if self.0.ty.holds_oids() {
            oids::fill_in(&mut out[start..], ty)?;
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn to_sql_checked(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        self.to_sql(ty, out)
    }

    fn encode_format(&self, _: &Type) -> Format {
        Format::Binary
    }
}

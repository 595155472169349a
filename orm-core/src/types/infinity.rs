//! PostgreSQL's `-infinity` and `infinity` of dates and timestamps, for types that have no such values.

use super::{Buffer, DbType, IsNull, NotNull, PgType, RangeElement, ValueError};

/// A date or timestamp that may be PostgreSQL's `-infinity` or `infinity`.
///
/// The Rust crates for time have no infinity, so a column that holds one cannot be read as, say, `DateTime<Utc>`: that is
/// an error. Read it as `MaybeInfinite<DateTime<Utc>>` instead. Infinity is not NULL: `Option<MaybeInfinite<_>>` is both.
/// The order is PostgreSQL's.
///
/// ```
/// use orm_core::MaybeInfinite;
///
/// let until: MaybeInfinite<i32> = MaybeInfinite::Infinity;
/// assert!(MaybeInfinite::Finite(7) < until);
/// assert!(MaybeInfinite::NegInfinity < MaybeInfinite::from(7));
/// assert_eq!(until.finite(), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MaybeInfinite<T> {
    /// `-infinity`: earlier than all others.
    NegInfinity,
    /// A date or timestamp.
    Finite(T),
    /// `infinity`: later than all others.
    Infinity,
}

impl<T> MaybeInfinite<T> {
    /// The date or timestamp, if it is one.
    pub fn finite(self) -> Option<T> {
        match self {
            Self::Finite(value) => Some(value),
            Self::NegInfinity | Self::Infinity => None,
        }
    }
}

impl<T> From<T> for MaybeInfinite<T> {
    fn from(value: T) -> Self {
        Self::Finite(value)
    }
}

/// A type whose PostgreSQL type has `-infinity` and `infinity`: `date`, `timestamp` and `timestamptz`.
#[diagnostic::on_unimplemented(
    message = "the PostgreSQL type of `{Self}` has no infinity",
    label = "not a date or timestamp",
    note = "`MaybeInfinite` is for the dates and timestamps of chrono, time and jiff"
)]
pub trait HasInfinity: DbType<Base = Self, Null = NotNull> {
    /// `-infinity` in the type's binary format.
    const NEG_INFINITY: &'static [u8];
    /// `infinity` in the type's binary format.
    const INFINITY: &'static [u8];
}

#[diagnostic::do_not_recommend]
impl<T: HasInfinity> DbType for MaybeInfinite<T> {
    type Base = Self;
    type Null = NotNull;
    const TYPE: &'static PgType = T::TYPE;

    fn encode(&self, out: &mut Buffer) -> Result<IsNull, ValueError> {
        match self {
            Self::NegInfinity => out.put(T::NEG_INFINITY),
            Self::Finite(value) => return value.encode(out),
            Self::Infinity => out.put(T::INFINITY),
        }
        Ok(IsNull::No)
    }

    fn decode(cell: Option<&[u8]>) -> Result<Self, ValueError> {
        let bytes = cell.ok_or(ValueError::null())?;
        if bytes == T::NEG_INFINITY {
            Ok(Self::NegInfinity)
        } else if bytes == T::INFINITY {
            Ok(Self::Infinity)
        } else {
            T::decode(cell).map(Self::Finite)
        }
    }
}
crate::__db_type_in_rows!(impl [T: HasInfinity] MaybeInfinite<T>, element);

/// A range may end at `infinity`, which is not the same as being unbounded: `[2020-01-01,infinity)`.
impl<T: HasInfinity + RangeElement> RangeElement for MaybeInfinite<T> {
    const RANGE: &'static PgType = T::RANGE;
    const MULTIRANGE: &'static PgType = T::MULTIRANGE;

    fn successor(self) -> Option<Self> {
        self.finite().and_then(T::successor).map(Self::Finite)
    }
}

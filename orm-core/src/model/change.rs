//! A field of a patch.

/// What a patch does with one column: leave it, or set it (for an `Option` column perhaps to NULL).
///
/// Through serde an absent field is [`Keep`](Self::Keep) (write `#[serde(default)]` on the struct) and a present one is
/// [`Set`](Self::Set): `null` is `Set(None)` for `Change<Option<T>>` and an error for `Change<T>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Change<T> {
    /// The column stays as it is.
    #[default]
    Keep,
    /// The column is set to this.
    Set(T),
}

impl<T> Change<T> {
    /// Whether it is [`Keep`](Self::Keep); for `#[serde(skip_serializing_if = "Change::is_keep")]`.
    #[must_use]
    pub fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }

    /// The value to set, if any.
    pub fn into_set(self) -> Option<T> {
        match self {
            Self::Keep => None,
            Self::Set(value) => Some(value),
        }
    }
}

impl<T> From<T> for Change<T> {
    fn from(value: T) -> Self {
        Self::Set(value)
    }
}

#[cfg(feature = "json")]
impl<'de, T: serde_core::Deserialize<'de>> serde_core::Deserialize<'de> for Change<T> {
    fn deserialize<D: serde_core::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self::Set)
    }
}

#[cfg(feature = "json")]
impl<T: serde_core::Serialize> serde_core::Serialize for Change<T> {
    fn serialize<S: serde_core::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Keep => serializer.serialize_none(),
            Self::Set(value) => value.serialize(serializer),
        }
    }
}

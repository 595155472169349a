//! The place between two pages.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::error::{Error, ErrorKind};
use crate::types::{Buffer, IsNull};

/// Where a page ended: opaque, bound to the ordering of its query, safe to put into a URL (`Display`, `FromStr`).
///
/// It holds the values of the order's columns at that place, readable for whoever decodes it: order by nothing that the
/// reader must not see. A checksum finds damage; it is no signature, and none is needed: whatever a cursor holds is only
/// ever a bound of the query that it is given to.
#[derive(Clone, PartialEq, Eq)]
pub struct Cursor {
    pub(crate) backwards: bool,
    pub(crate) fingerprint: [u8; 8],
    pub(crate) values: Vec<Option<Vec<u8>>>,
}

const VERSION: u8 = 1;

impl Cursor {
    fn bytes(&self) -> Vec<u8> {
        let mut out = Buffer::new();
        out.put(&[VERSION, u8::from(self.backwards)]);
        out.put(&self.fingerprint);
        for value in &self.values {
            // A value came from the server, so it is not too large.
            let _ = out.put_sized(|out| match value {
                Some(bytes) => {
                    out.put(bytes);
                    Ok(IsNull::No)
                }
                None => Ok(IsNull::Yes),
            });
        }
        let checksum = digest(&[out.as_slice()]);
        out.put(&checksum);
        out.into_vec()
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let (content, checksum) = bytes.split_last_chunk::<8>()?;
        if digest(&[content]) != *checksum {
            return None;
        }
        let (&[version, backwards], rest) = content.split_first_chunk::<2>()?;
        let (&fingerprint, mut rest) = rest.split_first_chunk::<8>()?;
        if version != VERSION || backwards > 1 {
            return None;
        }
        let mut values = Vec::new();
        while !rest.is_empty() {
            values.push(crate::types::take_sized(&mut rest).ok()?.map(<[u8]>::to_vec));
        }
        Some(Self {
            backwards: backwards == 1,
            fingerprint,
            values,
        })
    }
}

/// Eight bytes that stand for these texts.
pub(crate) fn digest(parts: &[&[u8]]) -> [u8; 8] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    let full = hash.finalize();
    let mut short = [0; 8];
    short.copy_from_slice(&full[..8]);
    short
}

pub(crate) fn invalid(why: &str) -> Error {
    Error::new(
        ErrorKind::InvalidCursor,
        format!("the cursor {why}; start again from the first page"),
    )
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.bytes()))
    }
}

/// Shows no values.
impl fmt::Debug for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cursor(…)")
    }
}

impl FromStr for Cursor {
    type Err = Error;

    /// # Errors
    /// [`ErrorKind::InvalidCursor`] for a text that no page gave.
    fn from_str(text: &str) -> Result<Self, Error> {
        URL_SAFE_NO_PAD
            .decode(text)
            .ok()
            .and_then(|bytes| Self::parse(&bytes))
            .ok_or_else(|| invalid("is damaged or not a cursor"))
    }
}

#[cfg(feature = "json")]
impl serde_core::Serialize for Cursor {
    fn serialize<S: serde_core::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(feature = "json")]
impl<'de> serde_core::Deserialize<'de> for Cursor {
    fn deserialize<D: serde_core::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde_core::de::Error::custom)
    }
}

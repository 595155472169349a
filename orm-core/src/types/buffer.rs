//! The bytes of a parameter, and why a value has none.

use std::borrow::Cow;
use std::fmt;

use smallvec::SmallVec;

/// The bytes of one parameter: short values, which most are, need no allocation.
#[derive(Clone, Default)]
pub struct Buffer(SmallVec<[u8; 24]>);

impl Buffer {
    /// An empty buffer.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The bytes so far.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }

    /// How many bytes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Appends bytes.
    #[inline]
    pub fn put(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// Makes room for `additional` bytes.
    pub fn reserve(&mut self, additional: usize) {
        self.0.reserve(additional);
    }

    /// Overwrites four bytes at `at` with a big-endian integer: a length or a count that is known only afterwards.
    /// Bytes outside the buffer are left alone.
    pub fn set_i32(&mut self, at: usize, value: i32) {
        let slot = self.0.get_mut(at..).and_then(|rest| rest.first_chunk_mut::<4>());
        if let Some(slot) = slot {
            *slot = value.to_be_bytes();
        }
    }

    /// Appends a value behind its length, as arrays, composites and COPY want it; NULL is the length -1.
    ///
    /// # Errors
    /// What `encode` says, or a value past 2 GiB (PostgreSQL itself refuses those past 1 GiB).
    pub fn put_sized(
        &mut self,
        encode: impl FnOnce(&mut Buffer) -> Result<IsNull, ValueError>,
    ) -> Result<(), ValueError> {
        let at = self.len();
        self.put(&[0; 4]);
        let start = self.len();
        let length = match encode(self)? {
            IsNull::Yes => {
                self.0.truncate(start);
                -1
            }
            IsNull::No => {
                let length = self.len().checked_sub(start).ok_or(ValueError::new(
                    "the codec of an element, field or bound removed bytes that are not its own",
                ))?;
                i32::try_from(length)
                    .map_err(|_| ValueError::new("a value is larger than PostgreSQL's limit of 1 GB"))?
            }
        };
        self.set_i32(at, length);
        Ok(())
    }

    /// The bytes as a vector, without a copy when they were on the heap.
    #[must_use]
    pub fn into_vec(self) -> Vec<u8> {
        self.0.into_vec()
    }

    /// Forgets the bytes, keeps the room.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

/// Shows the length only: bytes are values, and values are never printed.
impl fmt::Debug for Buffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Buffer({} bytes)", self.len())
    }
}

/// Whether an encoded value is NULL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IsNull {
    /// NULL: nothing was appended.
    Yes,
    /// A value was appended (perhaps of no bytes, as the empty text is).
    No,
}

/// Why a value cannot go to the database or come from it. Its text never holds the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueError(Cow<'static, str>);

impl ValueError {
    /// An error with this sentence.
    #[must_use]
    pub fn new(reason: impl Into<Cow<'static, str>>) -> Self {
        Self(reason.into())
    }

    /// NULL came where the type has none.
    #[must_use]
    pub const fn null() -> Self {
        Self(Cow::Borrowed("the value is NULL, but the Rust type is not an `Option`"))
    }

    /// The bytes are not in the type's binary format.
    #[must_use]
    pub fn malformed(pg_type: &str) -> Self {
        Self(Cow::Owned(format!(
            "the server sent bytes that are not a valid {pg_type}"
        )))
    }
}

impl fmt::Display for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ValueError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_outside_the_buffer_is_not_written() {
        let mut buffer = Buffer::new();
        buffer.put(&[1, 2, 3, 4, 5]);
        for at in [2, 5, 6, usize::MAX - 2, usize::MAX] {
            buffer.set_i32(at, -1);
            assert_eq!(buffer.as_slice(), [1, 2, 3, 4, 5]);
        }
        buffer.set_i32(1, -1);
        assert_eq!(buffer.as_slice(), [1, 255, 255, 255, 255]);
    }

    #[test]
    fn a_sized_value_stands_behind_its_length() {
        let mut buffer = Buffer::new();
        buffer
            .put_sized(|out| {
                out.put(b"abc");
                Ok(IsNull::No)
            })
            .unwrap();
        buffer.put_sized(|_| Ok(IsNull::Yes)).unwrap();
        assert_eq!(buffer.as_slice(), b"\0\0\0\x03abc\xff\xff\xff\xff");
    }

    #[test]
    fn a_codec_that_clears_the_buffer_is_an_error() {
        let mut buffer = Buffer::new();
        buffer.put(b"before");
        let result = buffer.put_sized(|out| {
            out.clear();
            Ok(IsNull::No)
        });
        assert!(result.is_err());
    }
}

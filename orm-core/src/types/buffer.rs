//! The bytes of a parameter, and why a value has none.

use std::borrow::Cow;
use std::fmt;

/// How many bytes need no allocation: a number, a date, a uuid, a short text.
const SHORT: usize = 30;

/// The bytes of one parameter: short values, which most are, need no allocation.
#[derive(Clone)]
pub struct Buffer(Storage);

// Not a `SmallVec`: its `extend_from_slice` is an insertion in the middle, and appending some bytes after others is
// all that happens here, five hundred times for a hundred rows of five columns.
#[derive(Clone)]
enum Storage {
    Short { bytes: [u8; SHORT], len: u8 },
    Long(Vec<u8>),
}

impl Default for Buffer {
    fn default() -> Self {
        Self(Storage::Short {
            bytes: [0; SHORT],
            len: 0,
        })
    }
}

impl Buffer {
    /// An empty buffer.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The bytes so far.
    #[inline]
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        match &self.0 {
            Storage::Short { bytes, len } => bytes.get(..usize::from(*len)).unwrap_or_default(),
            Storage::Long(bytes) => bytes,
        }
    }

    /// How many bytes there are.
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.0 {
            Storage::Short { len, .. } => usize::from(*len),
            Storage::Long(bytes) => bytes.len(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends bytes.
    #[inline]
    pub fn put(&mut self, more: &[u8]) {
        match &mut self.0 {
            Storage::Long(bytes) => bytes.extend_from_slice(more),
            Storage::Short { bytes, len } => {
                let start = usize::from(*len);
                match bytes.get_mut(start..start + more.len()) {
                    Some(free) => {
                        free.copy_from_slice(more);
                        *len += more.len() as u8; // It fits, so both are at most `SHORT`.
                    }
                    None => self.put_long(more),
                }
            }
        }
    }

    #[cold]
    fn put_long(&mut self, more: &[u8]) {
        self.reserve(more.len() + SHORT);
        self.put(more);
    }

    /// Makes room for `additional` bytes.
    pub fn reserve(&mut self, additional: usize) {
        match &mut self.0 {
            Storage::Long(bytes) => bytes.reserve(additional),
            Storage::Short { len, .. } if usize::from(*len) + additional <= SHORT => {}
            Storage::Short { .. } => {
                let mut bytes = Vec::with_capacity(self.len() + additional);
                bytes.extend_from_slice(self.as_slice());
                self.0 = Storage::Long(bytes);
            }
        }
    }

    /// Overwrites four bytes at `at` with a big-endian integer: a length or a count that is known only afterwards.
    /// Bytes outside the buffer are left alone.
    #[inline]
    pub fn set_i32(&mut self, at: usize, value: i32) {
        let bytes = match &mut self.0 {
            Storage::Short { bytes, len } => bytes.get_mut(..usize::from(*len)).unwrap_or_default(),
            Storage::Long(bytes) => bytes,
        };
        let slot = bytes.get_mut(at..).and_then(|rest| rest.first_chunk_mut::<4>());
        if let Some(slot) = slot {
            *slot = value.to_be_bytes();
        }
    }

    /// Forgets what comes after the first `keep` bytes.
    fn truncate(&mut self, keep: usize) {
        match &mut self.0 {
            Storage::Short { len, .. } => *len = usize::from(*len).min(keep) as u8,
            Storage::Long(bytes) => bytes.truncate(keep),
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
                self.truncate(start);
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
        match self.0 {
            Storage::Long(bytes) => bytes,
            Storage::Short { .. } => self.as_slice().to_vec(),
        }
    }

    /// Forgets the bytes, keeps the room.
    pub fn clear(&mut self) {
        self.truncate(0);
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
    fn bytes_stay_when_they_outgrow_the_inline_ones() {
        for piece in 1..=SHORT + 1 {
            let bytes: Vec<u8> = (0..=99).collect();
            let mut buffer = Buffer::new();
            for piece in bytes.chunks(piece) {
                buffer.put(piece);
            }
            assert_eq!(buffer.as_slice(), bytes);
            assert_eq!(buffer.into_vec(), bytes);
        }
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

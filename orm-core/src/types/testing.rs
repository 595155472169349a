//! What the unit tests of all codecs share: identity, refusal, and that no bytes make a decoder panic.

use std::fmt::Debug;

use super::{Buffer, DbType, IsNull};

/// A xorshift generator with a fixed seed: the same cases in every run.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new() -> Self {
        Self(0x9e37_79b9_7f4a_7c15)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(super) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() >> 33).unwrap() % bound
    }
}

/// The value's bytes.
pub(super) fn bytes_of<T: DbType>(value: &T) -> Vec<u8> {
    let mut out = Buffer::new();
    assert_eq!(value.encode(&mut out).expect("can be encoded"), IsNull::No);
    out.into_vec()
}

/// Encodes and decodes the value, which must be the same.
#[track_caller]
pub(super) fn round_trip<T: DbType + PartialEq + Debug>(value: &T) {
    let bytes = bytes_of(value);
    assert_eq!(&T::decode(Some(&bytes)).expect("can be decoded"), value);
}

/// Encoding must fail with a sentence that holds `words`.
#[track_caller]
pub(super) fn refuses<T: DbType>(value: &T, words: &str) {
    let error = value.encode(&mut Buffer::new()).expect_err("must be refused");
    assert!(error.to_string().contains(words), "{error}");
}

/// Decoding must fail with a sentence that holds `words`.
#[track_caller]
pub(super) fn cannot_decode<T: DbType + Debug>(bytes: &[u8], words: &str) {
    let error = T::decode(Some(bytes)).expect_err("must be refused");
    assert!(error.to_string().contains(words), "{error}");
}

/// Decodes bytes of every length to 40, random bytes, and `values` with bytes changed, cut off and added. None may
/// panic, and whatever is decoded must encode to bytes that give the same value again.
#[track_caller]
pub(super) fn survives_any_bytes<T: DbType>(values: &[T]) {
    let mut random = Random::new();
    for length in 0..=40 {
        for fill in [0x00, 0x01, 0x7f, 0x80, 0xff] {
            is_stable::<T>(&vec![fill; length]);
        }
        for _ in 0..100 {
            let bytes: Vec<u8> = (0..length).map(|_| random.next() as u8).collect();
            is_stable::<T>(&bytes);
            // Small numbers reach deeper than random ones: they are plausible lengths, counts and flags.
            let bytes: Vec<u8> = bytes.iter().map(|b| if b & 3 == 0 { b >> 5 } else { 0 }).collect();
            is_stable::<T>(&bytes);
        }
    }
    for value in values {
        let valid = bytes_of(value);
        for cut in 0..valid.len() {
            is_stable::<T>(&valid[..cut]);
        }
        for _ in 0..3000 {
            let mut bytes = valid.clone();
            for _ in 0..=random.below(3) {
                if !bytes.is_empty() {
                    let at = random.below(bytes.len());
                    bytes[at] = [random.next() as u8, 0, 0x7f, 0x80, 0xff][random.below(5)];
                }
            }
            if random.below(8) == 0 {
                bytes.push(random.next() as u8);
            }
            is_stable::<T>(&bytes);
        }
    }
}

#[track_caller]
fn is_stable<T: DbType>(bytes: &[u8]) {
    let Ok(value) = T::decode(Some(bytes)) else { return };
    let mut first = Buffer::new();
    if let Err(error) = value.encode(&mut first) {
        // The server never sends a NUL in a text, so decoding doesn't look for it; encoding does.
        let known = ["NUL character", "empty tsquery"];
        assert!(known.iter().any(|words| error.to_string().contains(words)), "{error}");
        return;
    }
    let first = first.into_vec();
    let Ok(again) = T::decode(Some(&first)) else {
        panic!("decoded {bytes:?}, encoded it as {first:?}, which cannot be decoded");
    };
    assert_eq!(first, bytes_of(&again), "from {bytes:?}");
}

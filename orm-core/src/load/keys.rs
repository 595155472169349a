//! The keys of a level's rows, as the array parameters by which the level below is found.

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};

use crate::driver::{Param, Row};
use crate::error::{Error, ErrorKind};
use crate::model::ColumnDef;
use crate::types::{Buffer, PgKind};

/// How many bytes of keys one statement gets; more keys are sent in several. PostgreSQL's limit for a value is 1 GB.
const MOST_BYTES: usize = 64 << 20;

/// The keys of the rows of a level, in the order of the rows: their cells as they came.
#[derive(Default)]
pub(crate) struct Keys {
    columns: Vec<(usize, &'static ColumnDef)>,
    /// How many of them, the first ones, are the key: with a NULL there, nothing belongs to the row.
    tied: usize,
    chunks: Vec<Chunk>,
    rows: usize,
}

/// As many keys as one statement gets.
#[derive(Default, Clone)]
pub(crate) struct Chunk {
    /// For each column the elements of an array.
    bodies: Vec<Body>,
    rows: usize,
    /// Whether there is a key that has no NULL, so that something can belong to it.
    found: bool,
}

#[derive(Default, Clone)]
struct Body {
    bytes: Vec<u8>,
    nulls: bool,
}

/// The key of a row, to be compared with others of the same columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeyId {
    Four([u8; 4]),
    Eight([u8; 8]),
    Other(Box<[u8]>),
}

impl KeyId {
    /// Of one cell or several; `None` if one is NULL.
    pub(crate) fn new<'c>(cells: impl IntoIterator<Item = Option<&'c [u8]>>) -> Option<Self> {
        let mut cells = cells.into_iter();
        let first = cells.next().unwrap_or_default()?;
        let Some(second) = cells.next() else {
            let eight = || first.try_into().map(Self::Eight);
            let short = first.try_into().map(Self::Four).or_else(|_| eight());
            return Some(short.unwrap_or_else(|_| Self::Other(first.into())));
        };
        let mut all = Vec::new();
        for cell in [Some(first), second].into_iter().chain(cells) {
            let cell = cell?;
            all.extend_from_slice(&cell.len().to_be_bytes());
            all.extend_from_slice(cell);
        }
        Some(Self::Other(all.into()))
    }
}

impl Hash for KeyId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Self::Four(bytes) => state.write_u32(u32::from_ne_bytes(*bytes)),
            Self::Eight(bytes) => state.write_u64(u64::from_ne_bytes(*bytes)),
            Self::Other(bytes) => state.write(bytes),
        }
    }
}

/// The groups of keys. Most keys are one integer, and each row looks up one: so the hash is one multiplication, with a seed
/// that nobody knows outside of the process.
pub(crate) type Known = HashMap<KeyId, usize, Seed>;

/// Begins a [`Folded`] hash.
#[derive(Clone)]
pub(crate) struct Seed(u64);

impl Default for Seed {
    fn default() -> Self {
        Self(RandomState::new().hash_one(0u8) | 1)
    }
}

impl BuildHasher for Seed {
    type Hasher = Folded;
    fn build_hasher(&self) -> Folded {
        let Self(seed) = *self;
        Folded { seed, state: seed }
    }
}

/// A hash by folded multiplication.
pub(crate) struct Folded {
    seed: u64,
    state: u64,
}

impl Hasher for Folded {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.write_u64(u64::from_ne_bytes(*word));
        }
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        self.write_u64(u64::from_ne_bytes(last) ^ (bytes.len() as u64).rotate_left(56));
    }

    fn write_u32(&mut self, word: u32) {
        self.write_u64(word.into());
    }

    #[inline]
    fn write_u64(&mut self, word: u64) {
        const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
        let product = u128::from(word ^ self.state) * u128::from(self.seed ^ ODD);
        self.state = (product as u64) ^ ((product >> 64) as u64); // Both halves: that is the folding.
    }

    fn finish(&self) -> u64 {
        self.state
    }
}

impl Keys {
    /// Of these columns, at their positions in the level's rows.
    pub(crate) fn new(columns: Vec<(usize, &'static ColumnDef)>, tied: usize) -> Self {
        Self {
            columns,
            tied,
            ..Self::default()
        }
    }

    /// Of the same columns, without rows.
    pub(crate) fn alike(&self) -> Self {
        Self::new(self.columns.clone(), self.tied)
    }

    /// The columns, and their positions in the level's rows.
    pub(crate) fn columns(&self) -> &[(usize, &'static ColumnDef)] {
        &self.columns
    }

    /// How many rows there were.
    pub(crate) const fn len(&self) -> usize {
        self.rows
    }

    /// Notes the key of a row.
    pub(crate) fn push(&mut self, row: &Row<'_>) {
        let chunk = chunk(&mut self.chunks, self.columns.len());
        chunk.push(self.columns.iter().map(|(at, _)| row.cells::<1>(*at)[0]), self.tied);
        self.rows += 1;
    }

    /// Notes a key.
    pub(crate) fn push_cells<'c>(&mut self, cells: impl Iterator<Item = Option<&'c [u8]>>) {
        chunk(&mut self.chunks, self.columns.len()).push(cells, self.tied);
        self.rows += 1;
    }

    /// Takes the keys, to be sent.
    pub(crate) fn take(&mut self) -> Vec<Chunk> {
        self.rows = 0;
        std::mem::take(&mut self.chunks)
    }

    /// No keys.
    pub(crate) fn empty(&self) -> Chunk {
        Chunk {
            bodies: vec![Body::default(); self.columns.len()],
            ..Chunk::default()
        }
    }

    /// The array parameters of some keys.
    ///
    /// # Errors
    /// A key whose type has no arrays.
    pub(crate) fn params(&self, chunk: &Chunk) -> Result<Vec<Param>, Error> {
        let columns = self.columns.iter().zip(&chunk.bodies);
        columns
            .map(|((_, column), body)| {
                if matches!(column.ty.kind, PgKind::Array(_)) {
                    return Err(no_array(column));
                }
                Ok(Param {
                    ty: &column.array,
                    bytes: Ok(Some(body.array(column, chunk.rows))),
                    scope: None,
                })
            })
            .collect()
    }
}

#[cold]
fn no_array(column: &ColumnDef) -> Error {
    let message = format!(
        "\"{}\" of the rows above is an array, and PostgreSQL has no arrays of these: it can be neither the key of what is \
         loaded nor named in its filters; use a join",
        column.name
    );
    Error::new(ErrorKind::InvalidQuery, message)
}

/// The chunk that is being filled.
fn chunk(chunks: &mut Vec<Chunk>, columns: usize) -> &mut Chunk {
    let full = |chunk: &Chunk| chunk.bodies.iter().any(|body| body.bytes.len() >= MOST_BYTES);
    let at = match chunks.last() {
        Some(last) if !full(last) => chunks.len() - 1,
        _ => {
            chunks.push(Chunk {
                bodies: vec![Body::default(); columns],
                ..Chunk::default()
            });
            chunks.len() - 1
        }
    };
    &mut chunks[at]
}

impl Chunk {
    fn push<'c>(&mut self, cells: impl Iterator<Item = Option<&'c [u8]>>, tied: usize) {
        let mut whole = true;
        for (at, (body, cell)) in self.bodies.iter_mut().zip(cells).enumerate() {
            whole &= cell.is_some() || at >= tied;
            body.push(cell);
        }
        self.found |= whole;
        self.rows += 1;
    }

    pub(crate) const fn len(&self) -> usize {
        self.rows
    }

    /// Whether anything can belong to these rows.
    pub(crate) const fn is_found(&self) -> bool {
        self.found
    }

    /// What tells each key from others; `None` of one with a NULL.
    pub(crate) fn ids(&self) -> impl Iterator<Item = Option<KeyId>> + '_ {
        let mut rest: Vec<&[u8]> = self.bodies.iter().map(|body| &body.bytes[..]).collect();
        (0..self.rows).map(move |_| KeyId::new(rest.iter_mut().map(cell)))
    }

    /// Hands over the cells of each key.
    pub(crate) fn each(&self, mut take: impl FnMut(&[Option<&[u8]>])) {
        let mut rest: Vec<&[u8]> = self.bodies.iter().map(|body| &body.bytes[..]).collect();
        let mut cells = Vec::with_capacity(rest.len());
        for _ in 0..self.rows {
            cells.clear();
            cells.extend(rest.iter_mut().map(cell));
            take(&cells);
        }
    }
}

/// The next element.
fn cell<'c>(rest: &mut &'c [u8]) -> Option<&'c [u8]> {
    let (length, tail) = rest.split_first_chunk::<4>()?;
    let Ok(length) = usize::try_from(i32::from_be_bytes(*length)) else {
        *rest = tail;
        return None;
    };
    let (cell, tail) = tail.split_at_checked(length)?;
    *rest = tail;
    Some(cell)
}

impl Body {
    fn push(&mut self, cell: Option<&[u8]>) {
        // A cell has a length in the protocol, so it fits.
        let length = cell.map_or(-1, |cell| i32::try_from(cell.len()).unwrap_or(i32::MAX));
        self.bytes.extend_from_slice(&length.to_be_bytes());
        self.bytes.extend_from_slice(cell.unwrap_or_default());
        self.nulls |= cell.is_none();
    }

    /// The array in PostgreSQL's binary format.
    fn array(&self, column: &ColumnDef, rows: usize) -> Buffer {
        let mut out = Buffer::new();
        out.reserve(20 + self.bytes.len());
        // An empty array has no dimension.
        out.put(&i32::from(rows > 0).to_be_bytes());
        out.put(&i32::from(self.nulls).to_be_bytes());
        out.put(&column.ty.oid.to_be_bytes());
        if rows > 0 {
            // A chunk is bounded, so its count fits.
            out.put(&i32::try_from(rows).unwrap_or(i32::MAX).to_be_bytes());
            out.put(&1i32.to_be_bytes());
        }
        out.put(&self.bytes);
        out
    }
}

/// How many there are; never the keys themselves.
impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys({})", self.rows)
    }
}

//! The derives of values, rows and input: what they write works as PostgreSQL's formats and serde want it.

#[path = "values/composite.rs"]
mod composite;
#[path = "values/db_enum.rs"]
mod db_enum;
#[path = "values/insert.rs"]
mod insert;
#[path = "values/model.rs"]
mod model;
#[path = "values/newtype.rs"]
mod newtype;
#[path = "values/patch.rs"]
mod patch;
#[path = "values/row.rs"]
mod row;

use orm::{Buffer, DbType, IsNull, ValueError};

/// The bytes that a value is sent as; `None` is NULL.
fn encoded<T: DbType>(value: &T) -> Result<Option<Vec<u8>>, ValueError> {
    let mut out = Buffer::new();
    Ok(match value.encode(&mut out)? {
        IsNull::Yes => None,
        IsNull::No => Some(out.into_vec()),
    })
}

/// The value after a way to the database and back.
fn round_trip<T: DbType>(value: &T) -> T {
    let bytes = encoded(value).expect("the value can be encoded");
    T::decode(bytes.as_deref()).expect("what was encoded can be decoded")
}

/// Cells as a driver holds them.
struct TestCells(Vec<Option<Vec<u8>>>);

impl orm::Cells for TestCells {
    fn fill<'r>(&'r self, from: usize, out: &mut [Option<&'r [u8]>]) {
        for (index, slot) in out.iter_mut().enumerate() {
            *slot = self.0.get(from + index).and_then(Option::as_deref);
        }
    }
}

#[test]
fn mistakes_are_errors_in_plain_words() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail_values/*.rs");
}

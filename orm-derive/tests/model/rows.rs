//! Models out of rows of bytes.

use orm::{Cells, Columns, FromRow, ResultColumn, ResultType, Row};

use crate::shop::{Adult, Line, User};

/// A row as a driver would hold it.
struct Fake(Vec<Option<Vec<u8>>>);

impl Cells for Fake {
    fn fill<'r>(&'r self, from: usize, out: &mut [Option<&'r [u8]>]) {
        for (at, cell) in out.iter_mut().enumerate() {
            *cell = self.0.get(from + at).and_then(|bytes| bytes.as_deref());
        }
    }
}

fn int8(value: i64) -> Option<Vec<u8>> {
    Some(value.to_be_bytes().to_vec())
}

fn int4(value: i32) -> Option<Vec<u8>> {
    Some(value.to_be_bytes().to_vec())
}

fn text(value: &str) -> Option<Vec<u8>> {
    Some(value.as_bytes().to_vec())
}

fn columns(types: &[(&str, u32)]) -> Vec<ResultColumn> {
    let column = |(name, oid): &(&str, u32)| ResultColumn {
        name: (*name).into(),
        ty: ResultType {
            oid: *oid,
            schema: "pg_catalog".into(),
            name: "other".into(),
            element: None,
        },
    };
    types.iter().map(column).collect()
}

fn ann(before: usize) -> Fake {
    let mut cells = vec![None; before];
    cells.extend([int8(7), text("a@b"), text("Ann"), int4(30), None, int8(1), int4(1)]);
    Fake(cells)
}

#[test]
fn a_model_is_decoded_from_any_position() {
    let expected = User {
        id: 7,
        email: "a@b".into(),
        name: "Ann".into(),
        age: 30,
        nickname: None,
        created_at: 1,
        version: 1,
    };
    assert_eq!(User::WIDTH, 7);
    assert_eq!(User::from_row(&Row::new(&ann(0)), 0).unwrap(), expected);
    assert_eq!(User::from_row(&Row::new(&ann(3)), 3).unwrap(), expected);
    assert_eq!(User::from_row_optional(&Row::new(&ann(3)), 3).unwrap(), Some(expected));
}

#[test]
fn a_missing_key_is_a_missing_row() {
    let none = Fake(vec![None; 10]);
    let row = Row::new(&none);
    assert_eq!(User::from_row_optional(&row, 3).unwrap(), None);
    assert_eq!(Line::from_row_optional(&row, 0).unwrap(), None);
    assert_eq!(Adult::from_row_optional(&row, 0).unwrap(), None);
    // Half a key is no missing row but a wrong one.
    let half = Fake(vec![int8(1), None, None]);
    assert!(Line::from_row_optional(&Row::new(&half), 0).is_err());
    let view = Fake(vec![text("Ann"), None]);
    assert!(Adult::from_row_optional(&Row::new(&view), 0).unwrap().is_some());
}

#[test]
fn an_error_names_the_field() {
    let mut cells = ann(0);
    cells.0[1] = None;
    let error = User::from_row(&Row::new(&cells), 0).unwrap_err().to_string();
    assert!(error.starts_with("User: `email` (text)"), "{error}");
}

#[test]
fn columns_of_another_type_are_refused_before_the_first_row() {
    let right = [("order_id", 20), ("number", 23), ("text", 1043)];
    assert!(Line::check(&mut Columns::new(&columns(&right))).is_ok());
    let wrong = [("order_id", 20), ("number", 20), ("text", 25)];
    let error = Line::check(&mut Columns::new(&columns(&wrong)))
        .unwrap_err()
        .to_string();
    assert!(error.contains("\"number\""), "{error}");
    assert!(Line::check(&mut Columns::new(&columns(&right[..2]))).is_err());
}

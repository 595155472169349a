//! Lists of values as rows.

use super::TableFunction;
use crate::driver::Param;
use crate::query::InScope;
use crate::sql::Node;
use crate::types::{Buffer, DbType, Element, IsNull, PgType, ValueError, encode_array, encode_text};

/// A value of a row of [`values`]: of any scalar type of a column, or an `Option` of one; `&str` is text.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a value of `values`",
    label = "expected a scalar value, or a tuple of these"
)]
pub trait ValueColumn {
    /// The type of the column.
    type Type: Element + InScope;
    /// Appends the value in PostgreSQL's binary format.
    #[doc(hidden)]
    fn put(&self, out: &mut Buffer) -> Result<IsNull, ValueError>;
}

#[diagnostic::do_not_recommend]
impl<T: Element + InScope> ValueColumn for T {
    type Type = T;
    fn put(&self, out: &mut Buffer) -> Result<IsNull, ValueError> {
        self.encode(out)
    }
}

#[diagnostic::do_not_recommend]
impl ValueColumn for &str {
    type Type = String;
    fn put(&self, out: &mut Buffer) -> Result<IsNull, ValueError> {
        encode_text(self, out)
    }
}

#[diagnostic::do_not_recommend]
impl ValueColumn for Option<&str> {
    type Type = Option<String>;
    fn put(&self, out: &mut Buffer) -> Result<IsNull, ValueError> {
        match self {
            Some(text) => encode_text(text, out),
            None => Ok(IsNull::Yes),
        }
    }
}

/// A row of [`values`]: a value, or a tuple of values.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a row of `values`",
    label = "expected a scalar value, or a tuple of these"
)]
pub trait ValueRow {
    /// The row as it is read.
    type Row: InScope;
    /// A parameter for each column.
    #[doc(hidden)]
    fn columns(rows: &[Self]) -> Vec<Node>
    where
        Self: Sized;
}

#[diagnostic::do_not_recommend]
impl<V: ValueColumn> ValueRow for V {
    type Row = V::Type;
    fn columns(rows: &[Self]) -> Vec<Node> {
        vec![column(rows, |row| row)]
    }
}

fn column<R, V: ValueColumn>(rows: &[R], value: impl Fn(&R) -> &V) -> Node {
    let element: &'static PgType = V::Type::TYPE;
    Node::param(Param::encode(<Vec<V::Type> as DbType>::TYPE, |out| {
        encode_array(element, rows.iter(), |row, out| value(row).put(out), out)
    }))
}

macro_rules! tuples {
    ($(($($name:ident $index:tt),+))*) => { $(
        #[diagnostic::do_not_recommend]
        impl<$($name: ValueColumn),+> ValueRow for ($($name,)+) {
            type Row = ($($name::Type,)+);
            fn columns(rows: &[Self]) -> Vec<Node> {
                vec![$(column(rows, |row: &Self| &row.$index)),+]
            }
        }
    )* };
}

tuples! {
    (A 0)
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
    (A 0, B 1, C 2, D 3, E 4)
    (A 0, B 1, C 2, D 3, E 4, F 5)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11)
}

/// Rows of values, to be joined or queried: single values, or tuples of them. No rows are fine.
///
/// Integers in it say their type: `values([(1_i32, "a"), (2, "b")])`.
///
/// They are sent as one array for each column, so the text is the same whatever their number:
/// `FROM unnest($1, $2) AS t1("c1", "c2")`. They come in no particular order; for their positions say
/// [`with_ordinality`](TableFunction::with_ordinality).
pub fn values<V: ValueRow>(rows: impl IntoIterator<Item = V>) -> TableFunction<V::Row> {
    let rows: Vec<V> = rows.into_iter().collect();
    TableFunction::built_in("unnest", V::columns(&rows))
}

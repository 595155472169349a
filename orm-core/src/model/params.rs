//! The parameters of the statements by key. They are put together here, so that a derive writes only the values.

use super::TableModel;
use crate::driver::Param;

/// The key's columns and the version: [`TableModel::PARAMS`] ends with these.
pub(super) fn delete<M: TableModel>() -> &'static [usize] {
    let count = M::TABLE.primary_key.len() + usize::from(M::TABLE.version.is_some());
    last(M::PARAMS, count)
}

/// The parameters for these columns of a row.
pub(super) fn of_row<M: TableModel>(row: &M, columns: &[usize]) -> Vec<Param> {
    let param = |&column: &usize| Param::encode(M::TABLE.columns[column].ty, |out| row.put_column(column, out));
    columns.iter().map(param).collect()
}

/// The parameters of a key.
pub(super) fn of_key<M: TableModel>(key: &M::Key) -> Vec<Param> {
    let columns = delete::<M>().iter().take(M::TABLE.primary_key.len());
    let param =
        |(nth, &column): (usize, &usize)| Param::encode(M::TABLE.columns[column].ty, |out| M::put_key(key, nth, out));
    columns.enumerate().map(param).collect()
}

fn last(columns: &[usize], count: usize) -> &[usize] {
    &columns[columns.len().saturating_sub(count)..]
}

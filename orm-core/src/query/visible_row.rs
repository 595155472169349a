//! One row by its primary key, of a model whose standing filter may hide it: no constant text fits.

use super::Parts;
use super::delete::DeleteParts;
use super::modification::{Modification, Verb};
use super::target::Target;
use super::update::UpdateParts;
use super::write::ReturningClause;
use crate::driver::{Param, Statement};
use crate::error::Error;
use crate::expr::Setting;
use crate::model::TableModel;
use crate::sql::{Level, Node};

/// `UPDATE` of all columns that can be set.
pub(super) fn update<M: TableModel>(row: &M) -> Result<Statement, Error> {
    let settable = M::PARAMS.len() - key_and_version::<M>().len();
    let columns = M::PARAMS.iter().map(|at| &M::TABLE.columns[*at]);
    let settings = columns.zip(row.update_params()).take(settable);
    let settings = settings.map(|(column, param)| Setting {
        column,
        value: Node::param(param),
    });
    let verb = Verb::Update(UpdateParts::new(target(row), settings.collect()));
    let returning = ReturningClause::Model;
    Modification { verb, returning }.statement()
}

/// `DELETE`
pub(super) fn delete<M: TableModel>(row: &M) -> Result<Statement, Error> {
    let (target, for_good) = (target(row), false);
    let verb = Verb::Delete(DeleteParts { target, for_good });
    let returning = ReturningClause::Nothing;
    Modification { verb, returning }.statement()
}

/// The row, if its key and version are still those.
fn target<M: TableModel>(row: &M) -> Target {
    let mut parts = Parts::new(M::TABLE);
    let columns = key_and_version::<M>().iter().map(|at| &M::TABLE.columns[*at]);
    for (column, param) in columns.zip(row.delete_params()) {
        parts.filters.push(equal(Node::Column(parts.source(), column), param));
    }
    Target::new(parts)
}

/// Their positions: the parameters end with them.
fn key_and_version<M: TableModel>() -> &'static [usize] {
    let count = M::TABLE.primary_key.len() + usize::from(M::TABLE.version.is_some());
    &M::PARAMS[M::PARAMS.len().saturating_sub(count)..]
}

fn equal(column: Node, param: Param) -> Node {
    Node::infix(&["", " = ", ""], Level::Comparison, column, Node::param(param))
}

//! `WITH RECURSIVE`.

use std::sync::Arc;

use super::cte::{Cte, CteBody, CteId, CteSource};
use super::from::{Item, Join, JoinKind, Origin};
use super::set::{row_types, typed};
use super::{InScope, Parts, Query, SetOperand};
use crate::error::ErrorKind;
use crate::sql::{Survey, Writer};

/// A query that begins, and one that goes on from the rows before.
#[derive(Debug)]
pub(crate) struct Recursion {
    base: Parts,
    keyword: &'static str,
    step: Parts,
}

/// A query that gives the rows with which a recursion goes on: of the type with which it began.
#[diagnostic::on_unimplemented(
    message = "the step of a recursion must give the rows that it begins with: `{Self}` does not give `{R}`",
    label = "expected a query that gives `{R}`",
    note = "select the same types in the same order as the query that it begins with"
)]
pub trait RecursionStep<R> {
    /// The query.
    #[doc(hidden)]
    fn into_step(self) -> Parts;
}

#[diagnostic::do_not_recommend]
impl<R, Q: SetOperand<R>> RecursionStep<R> for Q {
    fn into_step(self) -> Parts {
        self.into_parts()
    }
}

/// `WITH RECURSIVE … AS (base UNION ALL step)`: the rows of `base`, then again and again those that `step` makes of the rows
/// before, until it makes none. The closure receives these rows as a query, to join or to select from.
///
/// A step that always makes rows never ends: the server's `statement_timeout` does
/// ([`ErrorKind::QueryCanceled`]). Over data with rings keep the way in an array, or use [`recursive_union`].
///
/// PostgreSQL takes the rows only once in the step, in FROM: not in a sub-select of an expression, not on the side of an
/// outer join that may be missing, and not together with aggregates. Else the statement is [`ErrorKind::InvalidQuery`].
///
/// ```text
/// WITH RECURSIVE cte1("id", "depth") AS (
///     SELECT "id", $1 FROM "categories" WHERE "parent_id" IS NULL
///     UNION ALL
///     SELECT c1."id", c2."depth" + $2 FROM "categories" AS c1 JOIN cte1 AS c2 ON c1."parent_id" = c2."id"
/// )
/// ```
pub fn recursive<Q, S>(base: Q, step: impl FnOnce(Query<Q::Row>) -> S) -> Cte<Q::Row>
where
    Q: SetOperand<<Q as super::Fetch>::Row>,
    Q::Row: InScope,
    S: RecursionStep<Q::Row>,
{
    recursion::<Q::Row, S>(base.into_parts(), step, " UNION ALL ")
}

/// `WITH RECURSIVE … AS (base UNION step)`: as [`recursive`], but a row that was there already is left out. So it ends on
/// data with rings, too, as long as the rows themselves do not grow on the way round.
pub fn recursive_union<Q, S>(base: Q, step: impl FnOnce(Query<Q::Row>) -> S) -> Cte<Q::Row>
where
    Q: SetOperand<<Q as super::Fetch>::Row>,
    Q::Row: InScope,
    S: RecursionStep<Q::Row>,
{
    recursion::<Q::Row, S>(base.into_parts(), step, " UNION ")
}

fn recursion<R: InScope, S: RecursionStep<R>>(
    base: Parts,
    step: impl FnOnce(Query<R>) -> S,
    keyword: &'static str,
) -> Cte<R> {
    let id = CteId::new();
    let (table, outputs) = (base.table(), base.outputs());
    let own = Parts::from(Item::new(table, Origin::Cte(CteSource::own(id, outputs.clone()))));
    let scope = R::fields(own.source());
    let step = step(Query::with_scope(own, scope)).into_step();
    let body = match refused(&step, id) {
        Some(why) => CteBody::Invalid(ErrorKind::InvalidQuery, why.to_owned()),
        None => {
            // PostgreSQL wants the types of the first query and of the whole to be the very same.
            let types = row_types::<R>();
            CteBody::Recursion(Arc::new(Recursion {
                base: typed(base, &types, true),
                keyword,
                step: typed(step, &types, true),
            }))
        }
    };
    Cte::new(id, body, table, outputs)
}

impl Recursion {
    pub(crate) fn survey(&self, survey: &mut Survey) {
        survey.parts(&self.base);
        survey.parts(&self.step);
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        self.base.write_operand(writer);
        writer.push(self.keyword);
        self.step.write_operand(writer);
    }
}

/// Why PostgreSQL would refuse a step.
fn refused(step: &Parts, id: CteId) -> Option<&'static str> {
    let mut place = Place {
        id,
        found: 0,
        refused: None,
    };
    place.parts(step);
    let mut survey = Survey::default();
    survey.parts(step);
    if survey.own_rows(id) > place.found {
        return Some(
            "the rows of a recursion are read in the FROM clause of its step, and neither in a sub-select of an expression nor in another CTE",
        );
    }
    if place.found > 1 {
        return Some("the rows of a recursion can be read only once in its step");
    }
    place.refused
}

/// Where the rows of a recursion stand in its step.
struct Place {
    id: CteId,
    found: usize,
    refused: Option<&'static str>,
}

impl Place {
    fn parts(&mut self, parts: &Parts) {
        self.item(&parts.from);
        let direct = self.is_own(&parts.from) || parts.joins.iter().any(|join| self.is_own(&join.item));
        if direct && parts.group.is_some() {
            self.refused =
                Some("a recursion's step cannot have groups or aggregates of the rows before; make them of its result");
        }
        self.joins(&parts.joins);
    }

    fn joins(&mut self, joins: &[Join]) {
        for join in joins {
            let before = self.found;
            self.item(&join.item);
            let missing = match join.kind {
                JoinKind::Inner | JoinKind::Cross => false,
                JoinKind::Left => self.found > before,
                JoinKind::Right => before > 0,
                JoinKind::Full => self.found > 0,
            };
            if missing {
                self.refused = Some("the rows of a recursion cannot be the side of an outer join that may be missing");
            }
        }
    }

    fn item(&mut self, item: &Item) {
        match &item.rows {
            Origin::Cte(_) if self.is_own(item) => self.found += 1,
            Origin::Table | Origin::Cte(_) | Origin::Function(_) => {}
            Origin::Query(parts) => self.parts(parts),
            Origin::Set(set) => {
                for (index, operand) in set.operands().iter().enumerate() {
                    let before = self.found;
                    self.parts(operand);
                    if self.found > before && !set.recurs(index) {
                        self.refused = Some(
                            "the rows of a recursion cannot stand in `intersect_all` or be taken away by `except`",
                        );
                    }
                }
            }
        }
        self.joins(&item.inner);
    }

    fn is_own(&self, item: &Item) -> bool {
        matches!(&item.rows, Origin::Cte(cte) if cte.definition.is_none() && cte.id == self.id)
    }
}

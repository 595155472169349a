//! Random conditions, as SQL's three-valued logic.

use orm::prelude::*;

use super::{Coverage, Int, Left, Random, Right, Truth, Value, World};

pub(super) const NAMES: &[&str] = &[
    "= <> < <= > >=",
    "is null",
    "in list",
    "between",
    "arithmetic",
    "distinct from",
    "coalesce",
    "case",
    "not",
    "and",
    "or",
    "exists",
    "in query",
    "not in query",
    "scalar query",
    "relation any",
    "relation count",
];

/// A condition over the columns of a row, by their positions.
#[derive(Debug, Clone)]
pub(super) enum Condition {
    Columns(u8, usize, usize),
    Value(u8, usize, i32),
    IsNull(usize),
    In(usize, Vec<i32>),
    Between(usize, i32, i32),
    Sum(u8, usize, usize, i32),
    Distinct(usize, Option<i32>),
    Coalesce(u8, usize, usize, i32),
    Case(usize, i32, usize),
    Not(Box<Condition>),
    And(Box<Condition>, Box<Condition>),
    Or(Box<Condition>, Box<Condition>),
    /// A right with this `left_id` and a `c` above.
    Exists(usize, i32),
    /// Among the `c` of the rights whose id is below.
    InQuery(usize, i32, bool),
    /// The number of rights with this `c`, compared.
    Scalar(u8, usize, i32),
    /// The left with this id has a right with a `c` below.
    RelationAny(usize, i32),
    /// The left with this id has so many rights.
    RelationCount(usize, i32),
}

impl Condition {
    pub(super) fn random(random: &mut Random, columns: usize, depth: usize) -> Self {
        let mut column = || random.below(columns);
        let (one, other) = (column(), column());
        if depth > 0 && random.chance(55) {
            let inner = |random: &mut Random| Box::new(Self::random(random, columns, depth - 1));
            return match random.below(5) {
                0 => Self::Not(inner(random)),
                1 | 2 => Self::And(inner(random), inner(random)),
                _ => Self::Or(inner(random), inner(random)),
            };
        }
        let operator = random.below(6) as u8;
        let number = random.number();
        match random.below(16) {
            0 => Self::Columns(operator, one, other),
            1 | 2 => Self::Value(operator, one, number),
            3 => Self::IsNull(one),
            4 => Self::In(one, (0..random.below(4)).map(|_| random.number()).collect()),
            5 => Self::Between(one, number, number + 2),
            6 => Self::Sum(operator, one, other, number),
            7 => Self::Distinct(one, random.value()),
            8 => Self::Coalesce(operator, one, other, number),
            9 => Self::Case(one, number, other),
            10 => Self::Exists(one, number),
            11 => Self::InQuery(one, 3 + number, random.chance(50)),
            12 => Self::Scalar(operator, one, number),
            13 => Self::RelationAny(one, number),
            14 => Self::RelationCount(one, number),
            _ => Self::Value(operator, other, number),
        }
    }

    pub(super) fn cover(&self, coverage: &mut Coverage) {
        coverage.uses(match self {
            Self::Columns(..) | Self::Value(..) => "= <> < <= > >=",
            Self::IsNull(_) => "is null",
            Self::In(..) => "in list",
            Self::Between(..) => "between",
            Self::Sum(..) => "arithmetic",
            Self::Distinct(..) => "distinct from",
            Self::Coalesce(..) => "coalesce",
            Self::Case(..) => "case",
            Self::Not(_) => "not",
            Self::And(..) => "and",
            Self::Or(..) => "or",
            Self::Exists(..) => "exists",
            Self::InQuery(_, _, false) => "in query",
            Self::InQuery(_, _, true) => "not in query",
            Self::Scalar(..) => "scalar query",
            Self::RelationAny(..) => "relation any",
            Self::RelationCount(..) => "relation count",
        });
        match self {
            Self::Not(inner) => inner.cover(coverage),
            Self::And(left, right) | Self::Or(left, right) => {
                left.cover(coverage);
                right.cover(coverage);
            }
            _ => {}
        }
    }

    pub(super) fn build(&self, columns: &[Int]) -> Truth {
        let column = |at: &usize| columns[*at].clone();
        match self {
            Self::Columns(operator, one, other) => compared(*operator, column(one), column(other)),
            Self::Value(operator, one, number) => compared(*operator, column(one), value(Some(*number))),
            Self::IsNull(one) => lift(column(one).is_null()),
            Self::In(one, list) => column(one).in_(list),
            Self::Between(one, low, high) => column(one).between(*low, *high),
            Self::Sum(operator, one, other, number) => {
                compared(*operator, column(one) + column(other), value(Some(*number)))
            }
            Self::Distinct(one, other) => lift(column(one).is_distinct_from(*other)),
            Self::Coalesce(operator, one, other, number) => {
                compared(*operator, column(one).coalesce(column(other)), value(Some(*number)))
            }
            Self::Case(one, number, other) => {
                let chosen = case()
                    .when(column(one).gt(*number), column(other))
                    .otherwise(column(one));
                compared(0, chosen, column(other))
            }
            Self::Not(inner) => !inner.build(columns),
            Self::And(left, right) => left.build(columns) & right.build(columns),
            Self::Or(left, right) => left.build(columns) | right.build(columns),
            Self::Exists(one, number) => {
                let rights = Right::query().filter(|r| r.left_id.eq(column(one)) & r.c.gt(*number));
                lift(exists(rights))
            }
            Self::InQuery(one, below, negated) => {
                let list = Right::query().filter(|r| r.id.lt(*below)).select(|r| r.c);
                match negated {
                    false => column(one).in_(list),
                    true => column(one).not_in(list),
                }
            }
            Self::Scalar(operator, one, number) => {
                let same = Right::query().filter(|r| r.c.eq(column(one)));
                let count = same.aggregate(|g| g.count()).scalar().cast::<i32>();
                compared(*operator, count.nullable(), value(Some(*number)))
            }
            Self::RelationAny(one, number) => {
                let lefts = Left::query().filter(|l| l.id.eq(column(one)));
                lift(exists(lefts.filter(|l| l.rights().any(|r| r.c.lt(*number)))))
            }
            Self::RelationCount(one, number) => {
                let lefts = Left::query().filter(|l| l.id.eq(column(one)));
                lift(exists(lefts.filter(|l| l.rights().count().eq(i64::from(*number)))))
            }
        }
    }

    /// What it is of a row; `None` is NULL.
    pub(super) fn eval(&self, row: &[Value], world: &World) -> Option<bool> {
        match self {
            Self::Columns(operator, one, other) => compare(*operator, row[*one], row[*other]),
            Self::Value(operator, one, number) => compare(*operator, row[*one], Some(*number)),
            Self::IsNull(one) => Some(row[*one].is_none()),
            Self::In(one, list) => row[*one].map(|value| list.contains(&value)),
            Self::Between(one, low, high) => row[*one].map(|value| (*low..=*high).contains(&value)),
            Self::Sum(operator, one, other, number) => {
                let sum = row[*one].zip(row[*other]).map(|(one, other)| one + other);
                compare(*operator, sum, Some(*number))
            }
            Self::Distinct(one, other) => Some(row[*one] != *other),
            Self::Coalesce(operator, one, other, number) => {
                compare(*operator, row[*one].or(row[*other]), Some(*number))
            }
            Self::Case(one, number, other) => {
                let holds = row[*one].is_some_and(|value| value > *number);
                compare(0, if holds { row[*other] } else { row[*one] }, row[*other])
            }
            Self::Not(inner) => inner.eval(row, world).map(|holds| !holds),
            Self::And(left, right) => match (left.eval(row, world), right.eval(row, world)) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            },
            Self::Or(left, right) => match (left.eval(row, world), right.eval(row, world)) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            },
            other => other.eval_query(row, world),
        }
    }

    fn eval_query(&self, row: &[Value], world: &World) -> Option<bool> {
        let of_left = |id: Value| world.rights.iter().filter(move |r| id.is_some() && r.left_id == id);
        let is_left = |id: Value| world.lefts.iter().any(|l| Some(l.id) == id);
        match self {
            Self::Exists(one, number) => Some(of_left(row[*one]).any(|r| r.c.is_some_and(|c| c > *number))),
            Self::InQuery(one, below, negated) => {
                let list: Vec<Value> = world.rights.iter().filter(|r| r.id < *below).map(|r| r.c).collect();
                let found = match row[*one] {
                    _ if list.is_empty() => Some(false),
                    None => None,
                    Some(value) if list.contains(&Some(value)) => Some(true),
                    Some(_) if list.contains(&None) => None,
                    Some(_) => Some(false),
                };
                found.map(|found| found != *negated)
            }
            Self::Scalar(operator, one, number) => {
                let same = world.rights.iter().filter(|r| r.c.is_some() && r.c == row[*one]);
                compare(*operator, Some(same.count() as i32), Some(*number))
            }
            Self::RelationAny(one, number) => {
                let any = of_left(row[*one]).any(|r| r.c.is_some_and(|c| c < *number));
                Some(is_left(row[*one]) && any)
            }
            Self::RelationCount(one, number) => {
                Some(is_left(row[*one]) && of_left(row[*one]).count() as i32 == *number)
            }
            _ => None,
        }
    }
}

fn compared(operator: u8, left: Int, right: Int) -> Truth {
    match operator {
        0 => left.eq(right),
        1 => left.ne(right),
        2 => left.lt(right),
        3 => left.le(right),
        4 => left.gt(right),
        _ => left.ge(right),
    }
}

fn compare(operator: u8, left: Value, right: Value) -> Option<bool> {
    let (left, right) = left.zip(right)?;
    Some(match operator {
        0 => left == right,
        1 => left != right,
        2 => left < right,
        3 => left <= right,
        4 => left > right,
        _ => left >= right,
    })
}

/// A condition that is never NULL as one that may be.
fn lift(condition: orm::Expr<bool>) -> Truth {
    value(Some(true)) & condition
}

//! What stands in FROM, and the rows that it must give.

use orm::InScope;
use orm::prelude::*;

use super::clauses;
use super::{Case, Coverage, Int, Left, LeftFields, Random, Right, RightFields, Shape, Value, World};

pub(super) const NAMES: &[&str] = &[
    "table",
    "inner join",
    "left join",
    "right join",
    "full join",
    "cross join",
    "self join",
    "lateral join",
    "three sources",
    "path",
    "derived group",
    "relation join",
];

fn left(row: &Left) -> Vec<Value> {
    vec![Some(row.id), row.a, Some(row.b)]
}

fn right(row: &Right) -> Vec<Value> {
    vec![Some(row.id), row.left_id, row.c]
}

const NONE: [Value; 3] = [None; 3];

fn beside(one: &[Value], other: &[Value]) -> Vec<Value> {
    [one, other].concat()
}

/// Columns that may be missing or not: the same code for both, which no generic function over the nullness can be.
macro_rules! columns {
    ($($name:ident $fields:ident $null:ident: $($column:ident)+;)+) => { $(
        fn $name(row: $fields<orm::$null>) -> Vec<Int> {
            vec![$(row.$column.nullable()),+]
        }
    )+ };
}
columns! {
    left_columns LeftFields NotNull: id a b;
    right_columns RightFields NotNull: id left_id c;
    missing_left LeftFields Nullable: id a b;
    missing_right RightFields Nullable: id left_id c;
}

fn both(left: Vec<Int>, right: Vec<Int>) -> Vec<Int> {
    left.into_iter().chain(right).collect()
}

struct Runner<'a> {
    db: &'a Database,
    world: &'a World,
    random: &'a mut Random,
    coverage: &'a mut Coverage,
}

impl Runner<'_> {
    async fn run<R: InScope>(&mut self, name: &'static str, shape: impl Fn() -> Shape<R>) {
        for clause in clauses::NAMES {
            self.coverage.uses(name);
            self.coverage.uses(clause);
            self.coverage.case();
            let case = Case {
                db: self.db,
                world: self.world,
                random: self.random,
                coverage: self.coverage,
                name: format!("{name}, {clause}"),
            };
            Box::pin(clauses::run(case, clause, shape())).await;
        }
    }

    fn matches(&self, l: &Left) -> Vec<Vec<Value>> {
        let rights = self.world.rights.iter();
        rights.filter(|r| r.left_id == Some(l.id)).map(right).collect()
    }

    /// Rows of a left join of the lefts with something of each.
    fn left_joined(&self, of: impl Fn(&Left) -> Vec<Vec<Value>>) -> Vec<Vec<Value>> {
        let mut rows = Vec::new();
        for l in &self.world.lefts {
            let found = of(l);
            if found.is_empty() {
                rows.push(beside(&left(l), &NONE));
            }
            rows.extend(found.iter().map(|r| beside(&left(l), r)));
        }
        rows
    }

    fn unmatched_rights(&self) -> Vec<Vec<Value>> {
        let lefts = &self.world.lefts;
        let lone = |r: &&Right| !lefts.iter().any(|l| r.left_id == Some(l.id));
        let rights = self.world.rights.iter().filter(lone);
        rights.map(|r| beside(&NONE, &right(r))).collect()
    }

    fn inner_joined(&self) -> Vec<Vec<Value>> {
        let rows = self.left_joined(|l| self.matches(l));
        rows.into_iter().filter(|row| row[3].is_some()).collect()
    }
}

pub(super) async fn run_all(db: &Database, world: &World, random: &mut Random, coverage: &mut Coverage) {
    let mut runner = Runner {
        db,
        world,
        random,
        coverage,
    };
    outer_joins(&mut runner).await;
    other_joins(&mut runner).await;
    other_sources(&mut runner).await;
}

async fn outer_joins(runner: &mut Runner<'_>) {
    let rows: Vec<_> = runner.world.lefts.iter().map(left).collect();
    let table = || Shape {
        query: Left::query(),
        columns: left_columns,
        rows: rows.clone(),
    };
    runner.run("table", table).await;

    let rows = runner.inner_joined();
    let inner = || Shape {
        query: Left::query().join(|l| Right::query().on(|r| r.left_id.eq(l.id))),
        columns: |(l, r)| both(left_columns(l), right_columns(r)),
        rows: rows.clone(),
    };
    runner.run("inner join", inner).await;

    let rows = runner.left_joined(|l| runner.matches(l).into_iter().filter(|r| r[2] > Some(0)).collect());
    let outer = || Shape {
        query: Left::query().left_join(|l| Right::query().filter(|r| r.c.gt(0)).on(|r| r.left_id.eq(l.id))),
        columns: |(l, r)| both(left_columns(l), missing_right(r)),
        rows: rows.clone(),
    };
    runner.run("left join", outer).await;

    let mut rows = runner.inner_joined();
    rows.extend(runner.unmatched_rights());
    let outer = || Shape {
        query: Left::query().right_join(|l| Right::query().on(|r| r.left_id.eq(l.id))),
        columns: |(l, r)| both(missing_left(l), right_columns(r)),
        rows: rows.clone(),
    };
    runner.run("right join", outer).await;

    let mut rows = runner.left_joined(|l| runner.matches(l));
    rows.extend(runner.unmatched_rights());
    let outer = || Shape {
        query: Left::query().full_join(|l| Right::query().on(|r| r.left_id.eq(l.id))),
        columns: |(l, r)| both(missing_left(l), missing_right(r)),
        rows: rows.clone(),
    };
    runner.run("full join", outer).await;
}

async fn other_joins(runner: &mut Runner<'_>) {
    let pairs = runner.world.lefts.iter();
    let pairs = pairs.flat_map(|l| runner.world.rights.iter().map(move |r| beside(&left(l), &right(r))));
    let rows: Vec<_> = pairs.collect();
    let cross = || Shape {
        query: Left::query().cross_join(|_| Right::query()),
        columns: |(l, r)| both(left_columns(l), right_columns(r)),
        rows: rows.clone(),
    };
    runner.run("cross join", cross).await;

    let lefts = &runner.world.lefts;
    let pairs = lefts.iter().flat_map(|l| lefts.iter().map(move |m| (l, m)));
    let pairs = pairs.filter(|(l, m)| l.a.is_some_and(|a| a > m.b));
    let rows: Vec<_> = pairs.map(|(l, m)| beside(&left(l), &left(m))).collect();
    let own = || Shape {
        query: Left::query().join(|l| Left::query().on(|m| l.a.gt(m.b))),
        columns: |(l, m)| both(left_columns(l), left_columns(m)),
        rows: rows.clone(),
    };
    runner.run("self join", own).await;

    let rows = runner.left_joined(|l| {
        let mut found = runner.matches(l);
        found.sort_by_key(|r| (r[2].is_none(), std::cmp::Reverse(r[2]), r[0]));
        found.truncate(2);
        found
    });
    let lateral = || Shape {
        query: Left::query().left_join_lateral(|l| {
            let rights = l.rights().query();
            rights.order_by(|r| (r.c.desc().nulls_last(), r.id.asc())).limit(2)
        }),
        columns: |(l, r)| both(left_columns(l), missing_right(r)),
        rows: rows.clone(),
    };
    runner.run("lateral join", lateral).await;

    let rows = runner.left_joined(|l| runner.matches(l));
    let related = || Shape {
        query: Left::query().left_join(|l| l.rights()),
        columns: |(l, r)| both(left_columns(l), missing_right(r)),
        rows: rows.clone(),
    };
    runner.run("relation join", related).await;
}

async fn other_sources(runner: &mut Runner<'_>) {
    let rows = runner.left_joined(|l| runner.matches(l));
    let third = |row: Vec<Value>| {
        let found = runner.world.lefts.iter().filter(|m| row[5] == Some(m.b));
        let found: Vec<_> = found.map(|m| beside(&row, &left(m))).collect();
        if found.is_empty() {
            vec![beside(&row, &NONE)]
        } else {
            found
        }
    };
    let rows: Vec<_> = rows.into_iter().flat_map(third).collect();
    let three = || Shape {
        query: Left::query()
            .left_join(|l| Right::query().on(|r| r.left_id.eq(l.id)))
            .left_join(|(_, r)| Left::query().on(|m| m.b.eq(r.c))),
        columns: |(l, r, m)| both(both(left_columns(l), missing_right(r)), missing_left(m)),
        rows: rows.clone(),
    };
    runner.run("three sources", three).await;

    let lefts = &runner.world.lefts;
    let of = |r: &Right| {
        lefts
            .iter()
            .find(|l| Some(l.id) == r.left_id)
            .map_or(NONE.to_vec(), left)
    };
    let rows: Vec<_> = runner.world.rights.iter().map(|r| beside(&right(r), &of(r))).collect();
    let path = || Shape {
        query: Right::query(),
        columns: |r| both(right_columns(r), missing_left(r.left())),
        rows: rows.clone(),
    };
    runner.run("path", path).await;

    let rows = runner.left_joined(|l| {
        let found = runner.matches(l);
        let count = i32::try_from(found.len()).unwrap();
        let most = found.iter().filter_map(|r| r[2]).max();
        if found.is_empty() {
            Vec::new()
        } else {
            vec![vec![Some(l.id), Some(count), most]]
        }
    });
    let derived = || Shape {
        query: Left::query().left_join(|l| {
            let groups = Right::query()
                .filter(|r| r.left_id.is_not_null())
                .group_by(|r| r.left_id);
            let groups = groups.select(|g| (g.key(), g.count().cast::<i32>(), g.max(|r| r.c)));
            groups.on(|(id, ..)| id.eq(l.id))
        }),
        columns: |(l, (id, count, most))| both(left_columns(l), vec![id.nullable(), count.nullable(), most.nullable()]),
        rows: rows.clone(),
    };
    runner.run("derived group", derived).await;
}

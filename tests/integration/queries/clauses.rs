//! What is done with a shape.

use std::collections::{BTreeMap, BTreeSet};

use orm::prelude::*;
use orm::{InScope, InScopeOf, Order, Query, window};

use super::condition::Condition;
use super::{Case, Int, Shape, Value, World};

pub(super) const NAMES: &[&str] = &[
    "order, limit, offset",
    "distinct",
    "distinct on",
    "group",
    "aggregate",
    "count and exists",
    "partition",
    "union",
    "intersect and except",
    "window",
    "derived table",
    "cte",
    "stable text",
];

/// Three columns of a row.
type Triple = (Value, Value, Value);

/// What is selected: three of the columns.
#[derive(Clone, Copy)]
struct Picked(usize, usize, usize);

impl Picked {
    fn of(self, columns: &[Int]) -> (Int, Int, Int) {
        (
            columns[self.0].clone(),
            columns[self.1].clone(),
            columns[self.2].clone(),
        )
    }

    fn from(self, row: &[Value]) -> Triple {
        (row[self.0], row[self.1], row[self.2])
    }
}

/// A shape whose rows a random condition has filtered.
struct Filtered<'a, R: InScope> {
    case: Case<'a>,
    query: Query<R>,
    columns: fn(InScopeOf<R>) -> Vec<Int>,
    rows: Vec<Vec<Value>>,
    width: usize,
    picked: Picked,
}

pub(super) async fn run<R: InScope>(case: Case<'_>, clause: &str, shape: Shape<R>) {
    let Shape {
        mut query,
        columns,
        mut rows,
    } = shape;
    let mut width = 0;
    // The columns are only known inside of a closure.
    query = query.filter(|scope| {
        width = columns(scope).len();
        true
    });
    for _ in 0..case.random.below(3) {
        let condition = Condition::random(case.random, width, 3);
        condition.cover(case.coverage);
        query = query.filter(|scope| condition.build(&columns(scope)));
        rows.retain(|row| condition.eval(row, case.world) == Some(true));
    }
    let mut column = || case.random.below(width);
    let picked = Picked(column(), column(), column());
    let filtered = Filtered {
        case,
        query,
        columns,
        rows,
        width,
        picked,
    };
    match clause {
        "order, limit, offset" => filtered.ordered().await,
        "distinct" => filtered.distinct().await,
        "distinct on" => filtered.distinct_on().await,
        "group" => filtered.group().await,
        "aggregate" => filtered.aggregate().await,
        "count and exists" => filtered.counted().await,
        "partition" => filtered.partitioned().await,
        "union" => filtered.union().await,
        "intersect and except" => filtered.intersect_and_except().await,
        "window" => filtered.window().await,
        "derived table" => filtered.derived().await,
        "cte" => filtered.cte().await,
        "stable text" => filtered.stable_text().await,
        other => panic!("no clause {other}"),
    }
}

/// NULLs last, as PostgreSQL sorts upwards.
fn key(value: Value) -> (bool, Value) {
    (value.is_none(), value)
}

fn keys(row: &Triple) -> [(bool, Value); 3] {
    [key(row.0), key(row.1), key(row.2)]
}

fn sorted(mut rows: Vec<Triple>) -> Vec<Triple> {
    rows.sort_by_key(keys);
    rows
}

fn ascending((one, two, three): (Int, Int, Int)) -> Vec<Order> {
    vec![one.asc(), two.asc(), three.asc()]
}

impl<R: InScope> Filtered<'_, R> {
    fn triples(&self) -> Vec<Triple> {
        self.rows.iter().map(|row| self.picked.from(row)).collect()
    }

    fn selected(&self) -> orm::Selected<R, Triple> {
        let (columns, picked) = (self.columns, self.picked);
        self.query.clone().select(|scope| picked.of(&columns(scope)))
    }

    fn second_condition(&mut self, width: usize) -> Condition {
        let condition = Condition::random(self.case.random, width, 2);
        condition.cover(self.case.coverage);
        condition
    }

    fn world(&self) -> &World {
        self.case.world
    }

    async fn ordered(self) {
        let (limit, offset) = (self.case.random.below(9), self.case.random.below(4));
        let (columns, picked) = (self.columns, self.picked);
        let query = self.selected().order_by(|scope| ascending(picked.of(&columns(scope))));
        let found = query.limit(limit as u64).offset(offset as u64).all(self.case.db).await;
        let expected: Vec<_> = sorted(self.triples()).into_iter().skip(offset).take(limit).collect();
        assert_eq!(found.unwrap(), expected, "{}", self.case.name);
    }

    async fn distinct(self) {
        let found = self.selected().distinct().all(self.case.db).await.unwrap();
        let expected: BTreeSet<_> = self.triples().into_iter().collect();
        assert_eq!(
            sorted(found),
            sorted(expected.into_iter().collect()),
            "{}",
            self.case.name
        );
    }

    async fn distinct_on(self) {
        let (columns, picked) = (self.columns, self.picked);
        let query = self.selected().distinct_on(|scope| columns(scope)[picked.0].clone());
        let query = query.order_by(|scope| ascending(picked.of(&columns(scope))));
        let found = query.all(self.case.db).await.unwrap();
        let mut expected = sorted(self.triples());
        expected.dedup_by_key(|row| row.0);
        assert_eq!(found, expected, "{}", self.case.name);
    }

    async fn group(self) {
        let (columns, picked) = (self.columns, self.picked);
        let least = self.case.random.below(3) as i64;
        let query = self
            .query
            .clone()
            .group_by(|scope| columns(scope)[picked.0].clone() + 1);
        let found = query
            .having(|g| g.count().gt(least))
            .order_by(|g| g.key().asc())
            .select(|g| {
                let positive = g.filter(|scope| columns(scope)[picked.1].clone().gt(0));
                (
                    g.key(),
                    g.count(),
                    g.sum(|scope| columns(scope)[picked.1].clone()),
                    g.max(|scope| columns(scope)[picked.2].clone()),
                    positive.distinct().count_of(|scope| columns(scope)[picked.2].clone()),
                )
            })
            .all(self.case.db)
            .await
            .unwrap();
        let mut groups: BTreeMap<_, Vec<Triple>> = BTreeMap::new();
        for row in self.triples() {
            groups.entry(key(row.0.map(|value| value + 1))).or_default().push(row);
        }
        let left = groups.into_iter().filter(|(_, rows)| rows.len() as i64 > least);
        let expected: Vec<_> = left
            .map(|((_, group), rows)| {
                let numbers: Vec<i64> = rows.iter().filter_map(|row| row.1.map(i64::from)).collect();
                let sum = (!numbers.is_empty()).then(|| numbers.iter().sum::<i64>());
                let positive = rows.iter().filter(|row| row.1 > Some(0));
                let different: BTreeSet<_> = positive.filter_map(|row| row.2).collect();
                let most = rows.iter().filter_map(|row| row.2).max();
                (group, rows.len() as i64, sum, most, different.len() as i64)
            })
            .collect();
        assert_eq!(found, expected, "{}", self.case.name);
    }

    async fn aggregate(self) {
        let (columns, picked) = (self.columns, self.picked);
        let query = self.query.clone().aggregate(|g| {
            (
                g.count(),
                g.count_of(|scope| columns(scope)[picked.0].clone()),
                g.min(|scope| columns(scope)[picked.1].clone()),
                g.bool_and(|scope| columns(scope)[picked.2].clone().gt(0)),
            )
        });
        let found = query.one(self.case.db).await.unwrap();
        let rows = self.triples();
        let truths: Vec<bool> = rows.iter().filter_map(|row| row.2.map(|value| value > 0)).collect();
        let expected = (
            rows.len() as i64,
            rows.iter().filter(|row| row.0.is_some()).count() as i64,
            rows.iter().filter_map(|row| row.1).min(),
            (!truths.is_empty()).then(|| truths.iter().all(|truth| *truth)),
        );
        assert_eq!(found, expected, "{}", self.case.name);
    }

    async fn counted(self) {
        let count = self.query.clone().count(self.case.db).await.unwrap();
        assert_eq!(count, self.rows.len() as i64, "{}", self.case.name);
        let limited = self.query.clone().limit(3).count(self.case.db).await.unwrap();
        assert_eq!(limited, self.rows.len().min(3) as i64, "{}", self.case.name);
        let any = self.query.exists(self.case.db).await.unwrap();
        assert_eq!(any, !self.rows.is_empty(), "{}", self.case.name);
    }

    /// All rows are those where a condition holds, those where it does not, and those where it is NULL.
    async fn partitioned(mut self) {
        let condition = self.second_condition(self.width);
        let columns = self.columns;
        let build = |scope| condition.build(&columns(scope));
        let holds = self.query.clone().filter(build).count(self.case.db).await.unwrap();
        let not = self
            .query
            .clone()
            .filter(|scope| !build(scope))
            .count(self.case.db)
            .await
            .unwrap();
        let null = self.query.clone().filter(|scope| build(scope).is_null());
        let null = null.count(self.case.db).await.unwrap();
        let truth = |wanted: Option<bool>| {
            let rows = self
                .rows
                .iter()
                .filter(|row| condition.eval(row, self.world()) == wanted);
            rows.count() as i64
        };
        let expected = (truth(Some(true)), truth(Some(false)), truth(None));
        assert_eq!((holds, not, null), expected, "{}", self.case.name);
        assert_eq!(holds + not + null, self.rows.len() as i64, "{}", self.case.name);
    }

    /// Two parts of the rows, each by a condition, as queries and as what they must give.
    fn parts(&mut self) -> [(orm::Selected<R, Triple>, Vec<Triple>); 2] {
        [(); 2].map(|()| {
            let condition = self.second_condition(self.width);
            let columns = self.columns;
            let query = self.selected().filter(|scope| condition.build(&columns(scope)));
            let rows = self.rows.iter();
            let rows = rows.filter(|row| condition.eval(row, self.case.world) == Some(true));
            (query, rows.map(|row| self.picked.from(row)).collect())
        })
    }

    async fn union(mut self) {
        let [(one, mut first), (two, second)] = self.parts();
        let all = one.clone().union_all(two.clone()).all(self.case.db).await.unwrap();
        let each = one.union(two).all(self.case.db).await.unwrap();
        first.extend(second);
        let expected: BTreeSet<_> = first.iter().copied().collect();
        assert_eq!(sorted(all), sorted(first), "{}", self.case.name);
        assert_eq!(
            sorted(each),
            sorted(expected.into_iter().collect()),
            "{}",
            self.case.name
        );
    }

    async fn intersect_and_except(mut self) {
        let [(one, first), (two, second)] = self.parts();
        let common = one.clone().intersect(two.clone()).all(self.case.db).await.unwrap();
        let left = one.except(two).order_by(|(x, y, z)| (x.asc(), y.asc(), z.asc()));
        let left = left.all(self.case.db).await.unwrap();
        let (first, second): (BTreeSet<_>, BTreeSet<_>) = (first.into_iter().collect(), second.into_iter().collect());
        let expected = first.intersection(&second).copied().collect();
        assert_eq!(sorted(common), sorted(expected), "{}", self.case.name);
        let expected = first.difference(&second).copied().collect();
        assert_eq!(left, sorted(expected), "{}", self.case.name);
    }

    async fn window(self) {
        let (columns, picked) = (self.columns, self.picked);
        let query = self.query.clone().select(|scope| {
            let (one, two, three) = picked.of(&columns(scope));
            let rank = window::rank().over(|w| w.partition_by(one.clone()).order_by(two.clone().asc()));
            let sum = window::sum(three.clone()).over(|w| w.partition_by(one.clone()));
            ((one, two, three), rank, sum)
        });
        let mut found = query.all(self.case.db).await.unwrap();
        found.sort_by_key(|(row, ..)| keys(row));
        let rows = sorted(self.triples());
        let expected: Vec<_> = rows
            .iter()
            .map(|row| {
                let same = rows.iter().filter(|other| other.0 == row.0);
                let before = same.clone().filter(|other| key(other.1) < key(row.1)).count() as i64;
                let numbers: Vec<i64> = same.filter_map(|other| other.2.map(i64::from)).collect();
                let sum = (!numbers.is_empty()).then(|| numbers.iter().sum::<i64>());
                (*row, before + 1, sum)
            })
            .collect();
        assert_eq!(found, expected, "{}", self.case.name);
    }

    async fn derived(mut self) {
        let condition = self.second_condition(3);
        let query = self.selected().subquery();
        let query = query.filter(|(x, y, z)| condition.build(&[x.nullable(), y.nullable(), z.nullable()]));
        let found = query.all(self.case.db).await.unwrap();
        let rows = self.triples().into_iter();
        let rows = rows.filter(|row| condition.eval(&[row.0, row.1, row.2], self.world()) == Some(true));
        assert_eq!(sorted(found), sorted(rows.collect()), "{}", self.case.name);
    }

    async fn cte(self) {
        let rows = self.selected().cte();
        let pairs = rows.query().join(|(x, ..)| rows.clone().on(|(_, y, _)| x.eq(y)));
        let found = pairs.count(self.case.db).await.unwrap();
        let triples = self.triples();
        let matches = |row: &Triple| {
            triples
                .iter()
                .filter(|other| row.0.is_some() && other.1 == row.0)
                .count()
        };
        let expected: usize = triples.iter().map(matches).sum();
        assert_eq!(found, expected as i64, "{}", self.case.name);
    }

    /// The text of a query does not depend on its values.
    async fn stable_text(self) {
        let number = self.case.random.number();
        let columns = self.columns;
        let above = |number: i32| {
            let query = self.query.clone();
            query
                .filter(move |scope| columns(scope)[0].clone().gt(number))
                .to_sql()
                .unwrap()
        };
        assert_eq!(above(number).text, above(number + 1).text, "{}", self.case.name);
    }
}

//! Random rows: what the server answers for groups and windows against what SQL's rules say, worked out in Rust.
//!
//! The generator has a fixed seed, so a failure comes again.

use std::collections::BTreeMap;

use orm::prelude::*;
use orm::window::{self, Window};
use rust_decimal::Decimal;

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "measures")]
struct Measure {
    #[orm(primary_key)]
    id: i32,
    kind: i32,
    place: Option<i32>,
    value: Option<i32>,
    flag: Option<bool>,
}

/// xorshift64*
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> i32 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16) % end;
        i32::try_from(number).unwrap()
    }

    fn maybe(&mut self, end: u64) -> Option<i32> {
        (self.below(3) > 0).then(|| self.below(end))
    }

    fn measure(&mut self, id: i32) -> Measure {
        Measure {
            id,
            kind: self.below(4),
            place: self.maybe(3),
            value: self.maybe(6).map(|value| value - 2),
            flag: self.maybe(2).map(|flag| flag == 1),
        }
    }
}

async fn fill(db: &Database, random: &mut Random, count: i32) -> Vec<Measure> {
    Measure::query().all_rows().delete().execute(db).await.unwrap();
    let rows: Vec<Measure> = (0..count).map(|id| random.measure(id)).collect();
    let new = rows.iter().map(|row| NewMeasure {
        id: row.id,
        kind: row.kind,
        place: row.place,
        value: row.value,
        flag: row.flag,
    });
    Measure::insert_many(new).execute(db).await.unwrap();
    rows
}

async fn table(db: Database) -> Result<(), Error> {
    orm::create_all(&[Measure::TABLE], &db).await
}

/// Rows in groups, the groups in the order of their keys, NULLs last.
fn grouped<K: Ord>(rows: &[Measure], key: impl Fn(&Measure) -> K) -> BTreeMap<K, Vec<Measure>> {
    let mut groups: BTreeMap<K, Vec<Measure>> = BTreeMap::new();
    for row in rows {
        groups.entry(key(row)).or_default().push(row.clone());
    }
    groups
}

fn values(rows: &[Measure]) -> Vec<i32> {
    rows.iter().filter_map(|row| row.value).collect()
}

fn sum(values: &[i32]) -> Option<i64> {
    (!values.is_empty()).then(|| values.iter().copied().map(i64::from).sum())
}

fn average(values: &[i32]) -> Option<Decimal> {
    let sum = Decimal::from(sum(values)?);
    Some((sum / Decimal::from(values.len())).round_dp(9))
}

fn distinct(mut values: Vec<i32>) -> Vec<i32> {
    values.sort_unstable();
    values.dedup();
    values
}

/// NULLs after all others.
fn nulls_last(value: Option<i32>) -> (bool, Option<i32>) {
    (value.is_none(), value)
}

#[orm::test(setup = table)]
async fn groups_by_one_key(db: Database) {
    let mut random = Random(42);
    for count in [0, 1, 2, 5, 40] {
        let rows = fill(&db, &mut random, count).await;
        let query = Measure::query()
            .group_by(|m| m.place)
            .select(|g| {
                (
                    (
                        g.key(),
                        g.count(),
                        g.count_of(|m| m.value),
                        g.distinct().count_of(|m| m.value),
                    ),
                    (
                        g.sum(|m| m.value),
                        g.distinct().sum(|m| m.value),
                        g.filter(|m| m.kind.gt(1)).sum(|m| m.value),
                    ),
                    (g.avg(|m| m.value), g.min(|m| m.value), g.max(|m| m.value)),
                    (g.bool_and(|m| m.flag), g.bool_or(|m| m.flag)),
                    (
                        g.order_by(|m| m.id.desc()).array_agg(|m| m.value),
                        g.filter(|m| m.value.is_not_null())
                            .distinct()
                            .ascending()
                            .array_agg(|m| m.value),
                    ),
                )
            })
            .order_by(|g| g.key().asc());
        let found = query.all(&db).await.unwrap();
        let groups = grouped(&rows, |row| nulls_last(row.place));
        assert_eq!(found.len(), groups.len());
        for (((_, place), group), row) in groups.into_iter().zip(found) {
            let all = values(&group);
            let (counts, sums, order, flags, arrays) = row;
            let once = distinct(all.clone());
            let few: Vec<Measure> = group.iter().filter(|row| row.kind > 1).cloned().collect();
            assert_eq!(counts, (place, group.len() as i64, all.len() as i64, once.len() as i64));
            assert_eq!(sums, (sum(&all), sum(&once), sum(&values(&few))));
            let found = (order.0.map(|avg| avg.round_dp(9)), order.1, order.2);
            assert_eq!(
                found,
                (average(&all), all.iter().copied().min(), all.iter().copied().max())
            );
            let known: Vec<bool> = group.iter().filter_map(|row| row.flag).collect();
            let expected = (!known.is_empty()).then(|| (known.iter().all(|flag| *flag), known.contains(&true)));
            assert_eq!(flags, expected.unzip());
            let reversed: Vec<Option<i32>> = group.iter().rev().map(|row| row.value).collect();
            let once: Vec<Option<i32>> = once.into_iter().map(Some).collect();
            assert_eq!(arrays, (Some(reversed), (!once.is_empty()).then_some(once)));
        }
    }
}

#[orm::test(setup = table)]
async fn groups_by_two_keys_with_having(db: Database) {
    let mut random = Random(7);
    for (count, limit) in [(0, 0), (3, 0), (30, 1), (60, 2), (60, 4)] {
        let rows = fill(&db, &mut random, count).await;
        let found = Measure::query()
            .filter(|m| m.value.is_null() | m.value.ne(3))
            .group_by(|m| (m.kind % 3, m.place))
            .having(|g| g.count_of(|m| m.value).ge(limit))
            .select(|g| (g.key(), g.count_of(|m| m.value), g.sum(|m| m.value)))
            .order_by(|g| (g.key().0.asc(), g.key().1.desc()))
            .all(&db)
            .await
            .unwrap();
        let rows: Vec<Measure> = rows.into_iter().filter(|row| row.value != Some(3)).collect();
        // The greatest first, NULL before all others.
        let groups = grouped(&rows, |row| (row.kind % 3, std::cmp::Reverse(nulls_last(row.place))));
        let expected: Vec<_> = groups
            .into_iter()
            .map(|((kind, place), group)| ((kind, place.0.1), values(&group)))
            .filter(|(_, values)| values.len() as i64 >= limit)
            .map(|(key, values)| (key, values.len() as i64, sum(&values)))
            .collect();
        assert_eq!(found, expected);
    }
}

#[orm::test(setup = table)]
async fn rollup_is_all_of_its_groups_together(db: Database) {
    let mut random = Random(11);
    for count in [0, 1, 25] {
        let rows = fill(&db, &mut random, count).await;
        let mut found = Measure::query()
            .rollup(|m| (m.kind, m.place))
            .select(|g| (g.grouping(), g.key(), g.count(), g.sum(|m| m.value)))
            .all(&db)
            .await
            .unwrap();
        let line = |mask, key, group: &[Measure]| (mask, key, group.len() as i64, sum(&values(group)));
        let mut expected = vec![line(3, (None, None), &rows)];
        for (kind, group) in grouped(&rows, |row| row.kind) {
            expected.push(line(1, (Some(kind), None), &group));
        }
        for ((kind, place), group) in grouped(&rows, |row| (row.kind, row.place)) {
            expected.push(line(0, (Some(kind), place), &group));
        }
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected);
    }
}

/// The frame of a row in its partition, by its place.
fn frame(partition: &[Measure], at: usize, before: usize, behind: usize) -> &[Measure] {
    let start = at.saturating_sub(before);
    let end = (at + behind + 1).min(partition.len());
    &partition[start..end]
}

#[orm::test(setup = table)]
async fn windows_number_rows_and_look_beside_them(db: Database) {
    let mut random = Random(3);
    for count in [0, 1, 2, 9, 50] {
        let rows = fill(&db, &mut random, count).await;
        let (before, behind) = (random.below(3), random.below(3));
        let query = Measure::query().order_by(|m| m.id.asc()).select(|m| {
            let peers = Window::new().partition_by(m.place).order_by(m.value.desc());
            let ids = Window::new()
                .partition_by(m.place)
                .order_by((m.value.desc(), m.id.asc()));
            let near = ids.clone().rows(-i64::from(before)..=i64::from(behind));
            (
                (
                    m.id,
                    window::rank().over_window(&peers),
                    window::dense_rank().over_window(&peers),
                ),
                (
                    window::row_number().over_window(&ids),
                    window::lag(m.id).over_window(&ids),
                ),
                (
                    window::lead_or(m.id, 2, -1).over_window(&ids),
                    window::sum(m.value).over_window(&near),
                ),
                window::count(m.value).filter(m.kind.gt(1)).over_window(&near),
                window::max(m.id).over(|_| near.clone().exclude_current_row()),
            )
        });
        let found = query.all(&db).await.unwrap();
        assert_eq!(found.len(), rows.len());
        let mut partitions = grouped(&rows, |row| row.place);
        for rows in partitions.values_mut() {
            rows.sort_by_key(|row| (std::cmp::Reverse(nulls_last(row.value)), row.id));
        }
        for (row, found) in rows.iter().zip(found) {
            let partition = &partitions[&row.place];
            let at = partition.iter().position(|other| other.id == row.id).unwrap();
            let first = partition.iter().position(|other| other.value == row.value).unwrap();
            let mut greater: Vec<Option<i32>> = partition[..first].iter().map(|row| row.value).collect();
            greater.dedup();
            let number = |index: usize| index as i64 + 1;
            let near = frame(partition, at, before as usize, behind as usize);
            let counted = near.iter().filter(|row| row.kind > 1 && row.value.is_some()).count();
            let others = near.iter().map(|row| row.id).filter(|id| *id != row.id);
            let expected = (
                (row.id, number(first), number(greater.len())),
                (number(at), at.checked_sub(1).map(|at| partition[at].id)),
                (partition.get(at + 2).map_or(-1, |row| row.id), sum(&values(near))),
                counted as i64,
                others.max(),
            );
            assert_eq!(found, expected);
        }
    }
}

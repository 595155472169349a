//! Ranges and multiranges: what the server says of each pair of small ranges is what Rust says of their values.

use std::ops::Bound;

use chrono::NaiveDate;
use orm::prelude::*;
use orm::{Bounds, MultiRange, Range, multirange, range};

use super::support::{error_of, has, of};

#[derive(Model)]
#[orm(table = "spans")]
struct Span {
    #[orm(primary_key)]
    id: i32,
    left: Range<i32>,
    right: Range<i32>,
    days: Option<Range<NaiveDate>>,
    low: i32,
    high: Option<i32>,
}

/// All ranges with bounds from 1 to 4, of every kind; no bound twice in the same order.
fn ranges() -> Vec<Range<i32>> {
    let bounds = |at: i32| [Bound::Included(at), Bound::Excluded(at)];
    let ends: Vec<Bound<i32>> = (1..=4).flat_map(bounds).chain([Bound::Unbounded]).collect();
    let pairs = ends
        .iter()
        .flat_map(|lower| ends.iter().map(move |upper| (*lower, *upper)));
    let valid = pairs.filter(|pair| match *pair {
        (Bound::Unbounded, _) | (_, Bound::Unbounded) => true,
        (Bound::Included(l) | Bound::Excluded(l), Bound::Included(u) | Bound::Excluded(u)) => l <= u,
    });
    valid.map(Range::from).chain([Range::Empty]).collect()
}

async fn spans(db: Database) -> Result<(), Error> {
    orm::create_all(&[Span::TABLE], &db).await?;
    let ranges = ranges();
    let pairs = ranges
        .iter()
        .flat_map(|left| ranges.iter().map(move |right| (*left, *right)));
    let rows = pairs.zip(0..).map(|((left, right), id)| NewSpan {
        id,
        left,
        right,
        days: None,
        low: 2,
        high: None,
    });
    Span::insert_many(rows).execute(&db).await?;
    Ok(())
}

async fn one_span(db: Database) -> Result<(), Error> {
    orm::create_all(&[Span::TABLE], &db).await?;
    let day = |day| NaiveDate::from_ymd_opt(2024, 2, day).unwrap();
    let row = NewSpan {
        id: 1,
        left: Range::from(1..=3),
        right: Range::from(2..9),
        days: Some(Range::from(day(1)..day(11))),
        low: 2,
        high: None,
    };
    Span::insert_many([row]).execute(&db).await?;
    Ok(())
}

/// The values that matter: one beyond each end stands for all that lie further out.
fn values(range: Range<i32>) -> Vec<i32> {
    (-1..=6).filter(|value| range.contains(value)).collect()
}

fn is_before(left: &[i32], right: &[i32]) -> bool {
    matches!((left.last(), right.first()), (Some(end), Some(begin)) if end < begin)
}

fn has_gap(values: &[i32]) -> bool {
    values.windows(2).any(|pair| pair[1] != pair[0] + 1)
}

fn both(left: &[i32], right: &[i32]) -> Vec<i32> {
    left.iter().copied().filter(|value| right.contains(value)).collect()
}

fn either(left: &[i32], right: &[i32]) -> Vec<i32> {
    let mut all = [left, right].concat();
    all.sort_unstable();
    all.dedup();
    all
}

#[orm::test(setup = spans)]
async fn operators_of_all_small_ranges(db: Database) {
    let rows = Span::query().select(|s| {
        (
            (s.left, s.right, s.left.eq(s.right), s.left.contains(s.low)),
            (
                s.left.contains_range(s.right),
                s.left.contained_in_range(s.right),
                s.left.overlaps(s.right),
            ),
            (s.left.before(s.right), s.left.after(s.right), s.left.adjacent(s.right)),
            (
                s.left.not_after(s.right),
                s.left.not_before(s.right),
                s.left.intersection(s.right),
            ),
            (s.left.is_empty(), s.left.lower_unbounded(), s.left.upper_unbounded()),
            (s.left.lower_bound(), s.left.lower_inclusive(), s.left.upper_inclusive()),
        )
    });
    let rows = rows.all(&db).await.unwrap();
    assert_eq!(rows.len(), ranges().len().pow(2));
    for (first, contains, sides, extends, of_left, bounds) in rows {
        let (left, right, equal, has_two) = first;
        let (l, r) = (values(left), values(right));
        let what = format!("{left:?} {right:?}");
        assert_eq!((equal, has_two), (left == right, l.contains(&2)), "{what}");
        let subset = |inner: &[i32], outer: &[i32]| inner.iter().all(|value| outer.contains(value));
        assert_eq!(
            contains,
            (subset(&r, &l), subset(&l, &r), !both(&l, &r).is_empty()),
            "{what}"
        );
        let touches = |a: &[i32], b: &[i32]| is_before(a, b) && a.last().map(|end| end + 1) == b.first().copied();
        assert_eq!(
            sides,
            (is_before(&l, &r), is_before(&r, &l), touches(&l, &r) || touches(&r, &l)),
            "{what}"
        );
        let present = !l.is_empty() && !r.is_empty();
        let ends = present && l.last() <= r.last();
        let begins = present && l.first() >= r.first();
        assert_eq!((extends.0, extends.1), (ends, begins), "{what}");
        assert_eq!(values(extends.2), both(&l, &r), "{what}");
        let Range::Bounds(lower, upper) = left.canonical() else {
            assert_eq!(
                (of_left, bounds),
                ((true, false, false), (None, false, false)),
                "{what}"
            );
            continue;
        };
        assert_eq!(
            of_left,
            (false, lower == Bound::Unbounded, upper == Bound::Unbounded),
            "{what}"
        );
        let begin = (lower != Bound::Unbounded).then(|| l[0]);
        assert_eq!(bounds, (begin, begin.is_some(), false), "{what}");
    }
}

#[orm::test(setup = spans)]
async fn unions_and_differences_that_are_one_range(db: Database) {
    let one = |values: &[i32]| !has_gap(values);
    let (mut unions, mut differences) = (0, 0);
    for (left, right) in Span::query()
        .select(|s| (s.left, s.right))
        .all(&db)
        .await
        .unwrap()
        .into_iter()
        .step_by(7)
    {
        let (l, r) = (values(left), values(right));
        let query = || Span::query().filter(|s| s.left.eq(left) & s.right.eq(right)).limit(1);
        let union = query()
            .select(|s| (s.left.union(s.right), s.left.span(s.right)))
            .one(&db)
            .await;
        let together = either(&l, &r);
        match union {
            Ok((union, span)) => {
                assert!(one(&together), "{left:?} + {right:?}");
                assert_eq!(
                    (values(union), values(span)),
                    (together.clone(), together),
                    "{left:?} + {right:?}"
                );
                unions += 1;
            }
            Err(error) => {
                assert_eq!(error.database().unwrap().code, "22000");
                assert!(!one(&together), "{left:?} + {right:?}");
            }
        }
        let rest: Vec<i32> = l.iter().copied().filter(|value| !r.contains(value)).collect();
        match query().select(|s| s.left.difference(s.right)).one(&db).await {
            Ok(difference) => {
                assert_eq!(values(difference), rest, "{left:?} - {right:?}");
                differences += 1;
            }
            Err(error) => {
                assert_eq!(error.database().unwrap().code, "22000");
                assert!(!one(&rest), "{left:?} - {right:?}");
            }
        }
    }
    assert!(unions > 100 && differences > 100, "{unions} {differences}");
}

#[orm::test(setup = one_span)]
async fn ranges_are_made_of_expressions(db: Database) {
    let row: (Range<i32>, Range<i32>, Range<i32>, Range<i32>, bool) = of(&db, Span::query(), |s| {
        (
            range(s.low, 5, Bounds::Lower),
            range(s.low, s.high, Bounds::Both),
            range(s.low - 1, s.low + 3, Bounds::Upper),
            range(s.low, s.low, Bounds::Neither),
            s.left.overlaps(range(s.low, s.high, Bounds::Lower)),
        )
    })
    .await;
    assert_eq!(
        row,
        (
            Range::from(2..5),
            Range::from(2..),
            Range::from(2..=5),
            Range::Empty,
            true
        )
    );
    assert_eq!(
        error_of(&db, Span::query(), |s| range(s.low, 1, Bounds::Lower)).await,
        "22000"
    );
    let row = of(&db, Span::query(), |s| {
        (s.days.lower_bound(), s.days.is_empty(), s.days.upper_inclusive())
    })
    .await;
    assert_eq!(row, (NaiveDate::from_ymd_opt(2024, 2, 1), Some(false), Some(false)));
}

#[orm::test(setup = one_span)]
#[allow(clippy::single_range_in_vec_init, reason = "a multirange may have one range")]
async fn multiranges_have_the_same_operators(db: Database) {
    if !has(&db, "multiranges", "SELECT '{}'::int4multirange").await {
        return;
    }
    let set = |ranges: &[std::ops::Range<i32>]| ranges.iter().cloned().map(Range::from).collect::<MultiRange<i32>>();
    let row: (
        MultiRange<i32>,
        MultiRange<i32>,
        MultiRange<i32>,
        MultiRange<i32>,
        Range<i32>,
    ) = of(&db, Span::query(), |s| {
        (
            multirange((s.left, Range::from(7..8))),
            s.left.to_multirange().union(set(&[9..11, 20..30])),
            s.left.to_multirange().difference(set(&[2..3])),
            multirange((s.left, s.right)).intersection(set(&[3..5, 8..99])),
            multirange((s.left, Range::from(7..8))).span_of_all(),
        )
    })
    .await;
    assert_eq!(row.0, set(&[1..4, 7..8]));
    assert_eq!(row.1, set(&[1..4, 9..11, 20..30]));
    assert_eq!(row.2, set(&[1..2, 3..4]));
    assert_eq!(row.3, set(&[3..5, 8..9]));
    assert_eq!(row.4, Range::from(1..8));
    let row: (bool, bool, bool, bool, bool, Option<i32>) = of(&db, Span::query(), |s| {
        let multi = multirange((s.left, Range::from(7..8)));
        (
            multi.clone().contains(7),
            multi.clone().contains_range(s.right),
            s.left.contained_in_range(multi.clone()),
            multi.clone().overlaps(set(&[4..7])),
            s.left.before(set(&[5..6, 8..9])),
            multi.upper_bound(),
        )
    })
    .await;
    assert_eq!(row, (true, false, true, false, true, Some(8)));
}

#[orm::test(setup = spans)]
async fn ranges_are_aggregated(db: Database) {
    if !has(&db, "multiranges", "SELECT '{}'::int4multirange").await {
        return;
    }
    let some =
        || Span::query().filter(|s| s.left.eq(Range::from(1..2)) & s.right.contained_in_range(Range::from(1..=4)));
    let rows = some().select(|s| s.right).all(&db).await.unwrap();
    let all: MultiRange<i32> = rows.iter().copied().collect();
    let aggregated = some().aggregate(|g| (g.range_agg(|s| s.right), g.range_intersect_agg(|s| s.right)));
    let (union, common) = aggregated.one(&db).await.unwrap();
    assert_eq!(union, Some(all));
    assert_eq!(common, Some(Range::Empty));
    let none = Span::query()
        .filter(|s| s.id.lt(0))
        .aggregate(|g| g.range_agg(|s| s.left));
    assert_eq!(none.one(&db).await.unwrap(), None);
}

#[derive(Model, Debug, PartialEq)]
#[orm(table = "calendars")]
struct Calendar {
    #[orm(primary_key)]
    id: i32,
    open: MultiRange<i64>,
    holidays: Option<MultiRange<NaiveDate>>,
    many: Vec<MultiRange<i32>>,
}

/// The codec and `==`, for random multiranges: the server's form is our canonical one.
#[orm::test]
async fn random_multiranges_come_back_in_the_servers_form(db: Database) {
    if !has(&db, "multiranges", "SELECT '{}'::int4multirange").await {
        return;
    }
    orm::create_all(&[Calendar::TABLE], &db).await.unwrap();
    let mut seed: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut below = |bound: u64| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed >> 33) % bound
    };
    let mut sent = Vec::new();
    for id in 0..500 {
        let ranges = (0..below(6)).map(|_| {
            let start = i64::try_from(below(30)).unwrap();
            let end = start + i64::try_from(below(6)).unwrap();
            match below(8) {
                0 => Range::Empty,
                1 => Range::from(..start),
                2 => Range::from(end..),
                3 => Range::from((Bound::Excluded(start), Bound::Included(end))),
                4 => Range::from(start..=end),
                _ => Range::from(start..end),
            }
        });
        let open: MultiRange<i64> = ranges.collect();
        sent.push(NewCalendar {
            id,
            open,
            holidays: None,
            many: vec![
                MultiRange::from([Range::from(1..2), Range::Empty]),
                MultiRange::default(),
            ],
        });
    }
    let expected: Vec<MultiRange<i64>> = sent.iter().map(|row| row.open.clone()).collect();
    Calendar::insert_many(sent).execute(&db).await.unwrap();
    let rows = Calendar::query().order_by(|c| c.id.asc()).all(&db).await.unwrap();
    for (row, sent) in rows.iter().zip(&expected) {
        assert_eq!(&row.open, sent);
        assert_eq!(format!("{:?}", row.open), format!("{:?}", sent.canonical()), "{sent:?}");
        assert_eq!(row.many, [MultiRange::from(Range::from(1..2)), MultiRange::default()]);
    }
    let equal = Calendar::query()
        .filter(|c| c.open.eq(expected[7].clone()))
        .count(&db)
        .await
        .unwrap();
    assert_eq!(
        equal,
        i64::try_from(expected.iter().filter(|other| **other == expected[7]).count()).unwrap()
    );
}

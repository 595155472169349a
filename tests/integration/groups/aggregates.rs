//! Every aggregate: its value, its type, and its NULL.

use orm::prelude::*;
use rust_decimal::Decimal;
use serde_json::json;

use super::sales::{Channel, Sale, SellerId, day, sales};

fn decimal(text: &str) -> Option<Decimal> {
    Some(text.parse().unwrap())
}

#[orm::test(setup = sales)]
async fn counts_sums_and_averages_have_the_types_that_postgresql_gives(db: Database) {
    let row = Sale::query()
        .aggregate(|g| {
            (
                g.count(),
                g.count_of(|s| s.city),
                g.distinct().count_of(|s| s.city),
                g.sum(|s| s.amount),
                g.avg(|s| s.amount),
                g.sum(|s| s.discount),
                g.avg(|s| s.discount),
                g.sum(|s| s.price),
            )
        })
        .one(&db)
        .await
        .unwrap();
    let (rows, cities, distinct, sum, avg, discount, average, price) = row;
    assert_eq!((rows, cities, distinct, sum), (6, 4, 3, Some(27)));
    assert_eq!((avg, discount, average), (decimal("4.5"), Some(0.75), Some(0.25)));
    assert_eq!(price, decimal("40.50"));
    let (took, average): (Option<Interval>, Option<Interval>) = Sale::query()
        .aggregate(|g| (g.sum(|s| s.took), g.avg(|s| s.took)))
        .one(&db)
        .await
        .unwrap();
    assert_eq!(
        (took, average),
        (Some(Interval::hours(21)), Some(Interval::minutes(210)))
    );
}

#[orm::test(setup = sales)]
async fn of_no_rows_all_but_the_counts_are_null(db: Database) {
    let none = || Sale::query().filter(|s| s.id.lt(0));
    let row = none().aggregate(|g| {
        (
            (g.count(), g.count_of(|s| s.id), g.regr_count(|s| (s.amount, s.price))),
            (
                g.sum(|s| s.amount),
                g.avg(|s| s.price),
                g.min(|s| s.region),
                g.max(|s| s.channel),
            ),
            (
                g.bool_and(|s| s.paid),
                g.bool_or(|s| s.amount.gt(1)),
                g.bit_or(|s| s.amount),
            ),
            (
                g.array_agg(|s| s.id),
                g.string_agg(|s| s.region, ","),
                g.jsonb_agg(|s| s.id),
            ),
            (
                g.percentile_cont(0.5, |s| s.amount),
                g.percentiles_disc(&[0.5], |s| s.city),
                g.mode(|s| s.city),
            ),
            (
                g.var_pop(|s| s.amount),
                g.stddev_samp(|s| s.discount),
                g.corr(|s| (s.amount, s.discount)),
            ),
        )
    });
    let (counts, sums, bools, gathered, ordered, statistics) = row.one(&db).await.unwrap();
    assert_eq!(counts, (0, 0, 0));
    assert_eq!(sums, (None, None, None, None));
    assert_eq!(bools, (None, None, None));
    assert_eq!(gathered, (None, None, None));
    assert_eq!(ordered, (None, None, None));
    assert_eq!(statistics, (None, None, None));
    // Without rows there are no groups, but one of all rows.
    assert!(
        none()
            .group_by(|s| s.region)
            .select(|g| g.count())
            .all(&db)
            .await
            .unwrap()
            .is_empty()
    );
}

#[orm::test(setup = sales)]
async fn smallest_and_greatest_of_every_kind(db: Database) {
    let (region, channel, seller, day_, took) = Sale::query()
        .aggregate(|g| {
            (
                (g.min(|s| s.region), g.max(|s| s.city)),
                (g.min(|s| s.channel), g.max(|s| s.channel)),
                (g.min(|s| s.seller), g.max(|s| s.seller)),
                (g.min(|s| s.day), g.max(|s| s.day)),
                (g.min(|s| s.took), g.max(|s| s.took)),
            )
        })
        .one(&db)
        .await
        .unwrap();
    assert_eq!(region, (Some("north".to_owned()), Some("Rome".to_owned())));
    assert_eq!(channel, (Some(Channel::Shop), Some(Channel::Web)));
    assert_eq!(seller, (Some(SellerId(0)), Some(SellerId(1))));
    assert_eq!(day_, (Some(day(1)), Some(day(110))));
    assert_eq!(took, (Some(Interval::hours(1)), Some(Interval::hours(6))));
}

#[orm::test(setup = sales)]
async fn conditions_and_bits(db: Database) {
    let row = Sale::query().aggregate(|g| {
        (
            g.bool_and(|s| s.paid),
            g.bool_or(|s| s.paid & s.amount.gt(7)),
            g.bool_or(|s| s.discount.gt(9.0)),
            g.bit_and(|s| s.amount),
            g.bit_or(|s| s.amount),
            g.bit_xor(|s| s.amount),
        )
    });
    let bits = [5, 3, 3, 8, 1, 7];
    assert_eq!(
        row.one(&db).await.unwrap(),
        (
            Some(false),
            Some(true),
            Some(false),
            bits.into_iter().reduce(|a, b| a & b),
            bits.into_iter().reduce(|a, b| a | b),
            bits.into_iter().reduce(|a, b| a ^ b),
        )
    );
}

#[orm::test(setup = sales)]
async fn arrays_keep_nulls_and_take_filter_order_and_distinct(db: Database) {
    let row = Sale::query().aggregate(|g| {
        (
            g.order_by(|s| s.id.asc()).array_agg(|s| s.city),
            g.order_by(|s| (s.amount.desc(), s.id.asc())).array_agg(|s| s.id),
            g.distinct().ascending().array_agg(|s| s.region),
            g.distinct().descending().array_agg(|s| s.amount),
            g.filter(|s| s.paid)
                .filter(|s| s.amount.lt(5))
                .order_by(|s| s.id.desc())
                .array_agg(|s| s.id),
            g.filter(|s| s.paid)
                .distinct()
                .descending()
                .string_agg(|s| s.region, "+"),
            g.order_by(|s| s.id.asc()).string_agg(|s| s.city, "|"),
        )
    });
    let (cities, ids, regions, amounts, few, joined, texts) = row.one(&db).await.unwrap();
    let city = |name: &str| Some(name.to_owned());
    let all = vec![city("Oslo"), city("Bergen"), None, city("Rome"), city("Rome"), None];
    assert_eq!(cities, Some(all));
    assert_eq!(ids, Some(vec![4, 6, 1, 2, 3, 5]));
    assert_eq!(
        regions,
        Some(vec!["north".to_owned(), "south".to_owned(), "west".to_owned()])
    );
    assert_eq!(amounts, Some(vec![8, 7, 5, 3, 1]));
    assert_eq!(few, Some(vec![5, 3]));
    assert_eq!(joined.as_deref(), Some("south+north"));
    assert_eq!(texts.as_deref(), Some("Oslo|Bergen|Rome|Rome"));
}

#[orm::test(setup = sales)]
async fn json_of_a_group(db: Database) {
    let rows = Sale::query()
        .group_by(|s| s.region)
        .select(|g| {
            (
                g.order_by(|s| s.id.asc()).jsonb_agg(|s| s.discount),
                g.filter(|s| s.paid).jsonb_object_agg(|s| (s.id, s.city)),
            )
        })
        .order_by(|g| g.key().asc())
        .all(&db)
        .await
        .unwrap();
    assert_eq!(
        rows,
        [
            (Some(json!([0.5, null, 0.25])), Some(json!({"1": "Oslo", "3": null}))),
            (Some(json!([null, 0])), Some(json!({"4": "Rome", "5": "Rome"}))),
            (Some(json!([null])), None),
        ]
    );
}

#[orm::test(setup = sales)]
async fn percentiles_and_mode(db: Database) {
    let row = Sale::query().aggregate(|g| {
        (
            g.percentile_cont(0.5, |s| s.amount),
            g.percentile_cont(0.5, |s| s.price),
            g.percentile_cont(0.5, |s| s.took),
            g.percentiles_cont(&[0.0, 0.25, 1.0], |s| s.amount),
            g.percentile_disc(0.5, |s| s.amount),
            g.percentile_disc(1.0, |s| s.city),
            g.percentiles_disc(&[0.0, 1.0], |s| s.channel),
            g.filter(|s| s.region.eq("north")).mode(|s| s.amount),
            g.filter(|s| s.id.gt(100)).percentile_disc(0.5, |s| s.day),
        )
    });
    let row = row.one(&db).await.unwrap();
    assert_eq!(
        (row.0, row.1, row.2),
        (Some(4.0), Some(6.0), Some(Interval::minutes(210)))
    );
    assert_eq!(row.3, Some(vec![1.0, 3.0, 8.0]));
    assert_eq!((row.4, row.5.as_deref()), (Some(3), Some("Rome")));
    assert_eq!(row.6, Some(vec![Channel::Shop, Channel::Web]));
    assert_eq!((row.7, row.8), (Some(3), None));
    let outside = Sale::query()
        .aggregate(|g| g.percentile_cont(1.5, |s| s.amount))
        .one(&db)
        .await;
    assert_eq!(outside.unwrap_err().sqlstate(), Some("22003"));
}

#[orm::test(setup = sales)]
async fn statistics(db: Database) {
    let row = Sale::query().aggregate(|g| {
        (
            (g.var_samp(|s| s.amount), g.var_pop(|s| s.amount)),
            (g.stddev_samp(|s| s.discount), g.stddev_pop(|s| s.price)),
            (
                g.corr(|s| (s.amount, s.price)),
                g.covar_pop(|s| (s.amount, s.amount)),
                g.covar_samp(|s| (s.id, s.id)),
            ),
            (
                g.regr_avgx(|s| (s.id, s.amount)),
                g.regr_avgy(|s| (s.id, s.amount)),
                g.regr_count(|s| (s.id, s.discount)),
            ),
            (
                g.regr_slope(|s| (s.amount, s.id)),
                g.regr_intercept(|s| (s.amount, s.amount)),
                g.regr_r2(|s| (s.id, s.id)),
            ),
            (
                g.regr_sxx(|s| (s.id, s.amount)),
                g.regr_syy(|s| (s.amount, s.id)),
                g.regr_sxy(|s| (s.amount, s.amount)),
            ),
        )
    });
    let (var, stddev, covar, averages, line, sums) = row.one(&db).await.unwrap();
    // 5, 3, 3, 8, 1, 7: the squares of the distances from 4.5 add up to 35.5.
    assert_eq!(var.0, decimal("7.1"));
    assert_eq!(var.1.map(|var| var.round_dp(6)), decimal("5.916667"));
    assert_eq!(stddev.0, Some(0.25));
    assert_eq!(stddev.1.map(|stddev| stddev.round_dp(6)), decimal("3.648630"));
    assert_eq!(covar.0.map(|corr| (corr * 1e9).round()), Some(1e9));
    assert_eq!(
        (covar.1.map(|covar| (covar * 1e6).round()), covar.2),
        (Some(5_916_667.0), Some(3.5))
    );
    assert_eq!(averages, (Some(4.5), Some(3.5), 3));
    assert_eq!(line.0.map(|slope| (slope * 1e6).round()), Some(257_143.0));
    assert_eq!((line.1, line.2), (Some(0.0), Some(1.0)));
    assert_eq!(sums, (Some(35.5), Some(35.5), Some(35.5)));
}
